import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { AGENT, DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { steadyPorts } from '../support/ports.ts'
import { runToEnd } from '../support/process.ts'
import { testFolder } from '../support/scene.ts'
import { buildDapp } from './support/built.ts'
import { PersonsBrowser } from './support/dapp.ts'
import { makeKeys, recoverKeys, unlockKeys } from './support/first-run.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(300_000)

/** An authenticator that yields secrets, as a phone has one. @see WebAuthn Level 3 §11.2 */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: true,
    },
  })
}

t.test('a patient makes keys, registers, pairs a device and sees it live', async (t) => {
  const dir = await testFolder(t)
  const dapp = await buildDapp(join(dir, 'dapp'))
  const hospital = await HospitalProcess.init({
    dir: join(dir, 'hospital'),
    periodSec: 1,
    logLevel: 'warn',
    dapp,
    // The browser finds it where it was.
    ports: await steadyPorts(),
    apiLimits: { perAddress: 100_000, chain: 100_000 },
  })
  t.teardown(() => hospital.kill())
  await hospital.start()
  const ca = await hospital.ca()
  const browser = await PersonsBrowser.of(t, ca)
  const page = await browser.open(hospital.endpoints.api)

  const words = await makeKeys(page, 'A patient', PASSPHRASE)
  t.equal(words.length, 24)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  const device = await DeviceProcess.init(join(dir, 'oximeter'), liveOximeter)
  const enrolment = (await page.locator('[data-enrolment]').textContent()) ?? ''
  const paired = runToEnd(AGENT, ['pair', '--config', device.configFile, enrolment.trim()])
  const same = page.getByRole('button', { name: 'Yes, they are the same' })
  await same.waitFor()
  const compared = await page
    .getByRole('listitem')
    .filter({ hasText: /^[a-z]+$/ })
    .allTextContents()
  // A second click must not sign a second time.
  await same.dblclick()
  t.match(await paired, compared.join(' '), 'both sides show the same words')

  await page.getByText('Your device is paired.').waitFor()
  device.start()
  t.teardown(() => device.process.kill())
  await page.getByRole('link', { name: 'See the readings' }).click()
  const heartRate = page.getByRole('article').filter({ hasText: 'Heart rate' })
  await heartRate.getByText('per min').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await heartRate.getByRole('button', { name: 'anchored' }).waitFor()
  // The newest batch is not anchored for long: each brings the next.
  await page.getByRole('link', { name: 'Proofs' }).click()
  const proven = page.getByRole('row').filter({ hasText: 'anchored' }).last()
  await proven.getByRole('button', { name: 'Check' }).click()
  await page.getByText('Proven', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()

  await page.getByRole('button', { name: 'Lock' }).click()
  await unlockKeys(page, 'not the passphrase at all')
  await page.getByText('This is not the passphrase.').waitFor()

  // What was opened can be read with nobody there.
  await hospital.stop()
  await unlockKeys(page, PASSPHRASE)
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByText('Hospital away').waitFor()
  await heartRate.getByText('per min').waitFor()

  await hospital.start()
  t.same(
    browser.complaints.filter((text) => !/ERR_CONNECTION_REFUSED|Failed to load resource/.test(text)),
    [],
  )
})

t.test('the words bring the keys back in another browser', async (t) => {
  const dir = await testFolder(t)
  const dapp = await buildDapp(join(dir, 'dapp'))
  const hospital = await HospitalProcess.init({
    dir: join(dir, 'hospital'),
    periodSec: 1,
    logLevel: 'warn',
    dapp,
  })
  t.teardown(() => hospital.kill())
  await hospital.start()
  const ca = await hospital.ca()
  const before = await (await PersonsBrowser.of(t, ca)).open(hospital.endpoints.api)
  const words = await makeKeys(before, 'A patient', PASSPHRASE)
  await before.getByRole('button', { name: 'Register' }).click()
  await before.getByText('No readings yet.').waitFor()

  const after = await (await PersonsBrowser.of(t, ca)).open(hospital.endpoints.api)
  await recoverKeys(after, words, PASSPHRASE)
  await after.getByText('No readings yet.').waitFor()
  t.pass('registered already: the account is the same')

  await addAuthenticator(after)
  await after.getByRole('link', { name: 'Settings' }).click()
  await after.getByRole('button', { name: 'Set up a passkey' }).click()
  await after.getByText('The passkey opens your keys from now on.').waitFor()
  await after.getByRole('button', { name: 'Lock' }).click()
  await after.getByRole('button', { name: 'Unlock with passkey' }).click()
  await after.getByRole('heading', { name: 'Settings' }).waitFor()
  t.pass('a passkey opens the same keys')

  const second = await after.context().newPage()
  await second.goto(hospital.endpoints.api)
  await second.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByRole('button', { name: 'Use this tab' }).click()
  await after.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByRole('heading', { name: 'Welcome back' }).waitFor()
})
