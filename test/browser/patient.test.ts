import type { Page } from 'playwright-core'
import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { joinShares, makeKeys, recoverKeys, unlockKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(600_000)

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
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()

  const words = await makeKeys(page, 'A patient', PASSPHRASE)
  t.equal(words.length, 24)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  t.ok(await scene.pairDevice(page, liveOximeter), 'both sides show the same words')

  await page.getByRole('link', { name: 'See the readings' }).click()
  const heartRate = page.getByRole('article').filter({ hasText: 'Heart rate' })
  await heartRate.getByText('per min').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await heartRate.getByRole('button', { name: 'anchored' }).waitFor()
  await page.getByRole('link', { name: 'Proofs' }).click()
  const proven = page.getByRole('row').filter({ hasText: 'anchored' }).last()
  await proven.getByRole('button', { name: 'Check' }).click()
  await page.getByText('Proven', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()

  await page.getByRole('button', { name: 'Lock' }).click()
  await unlockKeys(page, 'not the passphrase at all')
  await page.getByText('This is not the passphrase.').waitFor()

  // What was opened can be read with nobody there.
  await scene.hospital.stop()
  await unlockKeys(page, PASSPHRASE)
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByText('Hospital away').waitFor()
  await heartRate.getByText('per min').waitFor()
  await scene.hospital.start()
  await page.getByText('Live', { exact: true }).waitFor()
  t.pass('it goes on by itself')
  const others = browser.complaints.filter(
    (text) => !/ERR_CONNECTION_REFUSED|Failed to load resource/.test(text),
  )
  t.same(others, [], 'nothing else went wrong, and the policy refused nothing')
})

t.test('the words bring the keys back in another browser', async (t) => {
  const scene = await BrowserScene.open(t)
  const { page: before } = await scene.browser()
  const words = await makeKeys(before, 'A patient', PASSPHRASE)
  await before.getByRole('button', { name: 'Register' }).click()
  await before.getByText('No readings yet.').waitFor()

  await before.getByRole('link', { name: 'Settings' }).click()
  await before.getByLabel('Passphrase').fill(PASSPHRASE)
  await before.getByRole('button', { name: 'Make shares' }).click()
  const shares = before.getByRole('main').getByRole('listitem')
  await shares.first().waitFor()
  const [first = '', , third = ''] = await shares.allTextContents()
  const { page: shared } = await scene.browser()
  await joinShares(shared, [third, first], PASSPHRASE)
  await shared.getByText('No readings yet.').waitFor()
  t.pass('two of three shares bring the same account back')

  const { page: after } = await scene.browser()
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
  await second.goto(scene.hospital.endpoints.api)
  await second.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByRole('button', { name: 'Use this tab' }).click()
  await after.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByRole('heading', { name: 'Welcome back' }).waitFor()
  t.pass('one tab at a time uses the keys')
})
