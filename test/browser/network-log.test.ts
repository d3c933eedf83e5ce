import { join } from 'node:path'
import { type Patient, patientAt } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { identityOf } from '@hygeia/protocol/seed/seed'
import type { Page } from 'playwright-core'
import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { visit } from '../support/people.ts'
import { PersonsBrowser } from './support/dapp.ts'
import { makeKeys, unlockKeys } from './support/first-run.ts'
import { NetLog, netLogFlags } from './support/net-log.ts'
import { BrowserScene } from './support/scene.ts'
import { leaksIn, type Secret, secretsIn, secretsOf } from './support/secrets.ts'

t.setTimeout(900_000)

const PASSPHRASE = 'a long phrase that nobody guesses'
/** Words of another browser, told to the hospital on purpose. */
const LEAKED_PASSPHRASE = 'this one is given away'

const scene = await BrowserScene.open(t)
const origin = scene.hospital.endpoints.api

/** A browser whose every byte is written down; read the log once it has ended. */
async function logged(name: string) {
  const file = join(scene.dir, `${name}.netlog.json`)
  const { browser, end } = await PersonsBrowser.start(await scene.hospital.ca(), { flags: netLogFlags(file) })
  let isOver = false
  const close = async () => {
    if (!isOver) await end()
    isOver = true
  }
  t.teardown(close)
  const log = async () => {
    await close()
    return await NetLog.read(file)
  }
  return { page: await browser.open(origin), log }
}

/** Register, pair, look at what comes in, let a physician in, and see that something was opened. */
async function livePatient(
  page: Page,
  physician: { readonly account: string; readonly look: () => Promise<void> },
) {
  const words = await makeKeys(page, 'A patient', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  await scene.pairDevice(page, liveOximeter)
  await page.getByRole('link', { name: 'See the readings' }).click()
  const heartRate = page.getByRole('article').filter({ hasText: 'Heart rate' })
  await heartRate.getByText('per min').waitFor()
  await heartRate.getByRole('button', { name: 'anchored' }).waitFor()
  await page.getByRole('link', { name: 'Sharing', exact: true }).click()
  await page.getByLabel('The physician’s account').fill(physician.account)
  await page.getByRole('button', { name: 'Look up' }).click()
  await page.getByRole('checkbox', { name: 'It is the same' }).check()
  await page.getByRole('button', { name: 'Allow it' }).click()
  await page.getByText('They may see it now.').waitFor()
  await physician.look()
  await page
    .getByRole('article')
    .getByText(/^Opened \d+ times/)
    .waitFor()
  await page.getByRole('link', { name: 'Charts', exact: true }).click()
  await page.getByRole('application').first().waitFor()
  await page.getByRole('link', { name: 'Proofs', exact: true }).click()
  const third = page.getByRole('row').filter({ hasText: 'Vital signs' }).nth(2)
  await third.waitFor()
  await page.getByRole('button', { name: 'Lock' }).click()
  await unlockKeys(page, PASSPHRASE)
  await page.getByRole('link', { name: 'Proofs', exact: true }).waitFor()
  return words
}

/** Whatever a log shows that it must not. */
function faultsOf(log: NetLog, secrets: readonly Secret[]): readonly string[] {
  const elsewhere = log.requests.filter(({ url, initiator }) => initiator !== undefined && !isOfHospital(url))
  return [
    ...elsewhere.map(({ url }) => `request to ${url}`),
    ...log.looked
      .filter(({ host, site }) => site.includes(SITE) && host !== AUTOFILL && !isOfHospital(host))
      .map(({ host }) => `name ${host} looked up`),
    ...leaksIn(log.sent, secrets),
  ]
}

/** Chromium itself asks there which fields of a form are which, of every site alike: by hashes of their names. */
const AUTOFILL = 'https://content-autofill.googleapis.com'
/** As Chromium names the site of the hospital's pages: without a port. */
const SITE = `https://${new URL(origin).hostname} `

const isOfHospital = (url: string) => /^(blob|data):/.test(url) || new URL(url).origin === origin

let patientsSecrets: readonly Secret[] = []

t.test('nothing that was secret left the browsers, and nobody else was asked', async (t) => {
  const physicians = await logged('physician')
  const words = await makeKeys(physicians.page, 'A physician', PASSPHRASE)
  await physicians.page.getByRole('button', { name: 'Register' }).click()
  await physicians.page.getByRole('heading', { name: 'Waiting to be admitted' }).waitFor()
  const account = (await physicians.page.locator('[data-account]').textContent()) ?? ''
  await scene.hospital.admit(account)
  await physicians.page.getByText('No patient has let you in yet.').waitFor()
  const look = () => physicians.page.getByRole('listitem').getByText('per min').first().waitFor()

  const patients = await logged('patient')
  const patientsWords = await livePatient(patients.page, { account, look })
  const known = await visit(scene.hospital)
  const patient: Patient = patientAt(identityOf(patientsWords.join(' ')), known, new PatientState())
  const sealed = await secretsIn(patient)
  t.ok(sealed.length >= 6, `${sealed.length / 3} batches were opened in both browsers`)
  patientsSecrets = [...secretsOf(patientsWords, PASSPHRASE), ...sealed]

  for (const [who, browser, own] of [
    ['patient', patients, []],
    ['physician', physicians, secretsOf(words, PASSPHRASE)],
  ] as const) {
    const log = await browser.log()
    const asked = log.requests.filter(({ url }) => url.startsWith(`${origin}/v1/`))
    t.ok(
      asked.length > 20,
      `the ${who}’s log has ${log.requests.length} requests, ${asked.length} of the API`,
    )
    t.ok(
      log.sent.some(({ bytes }) => bytes.includes('POST /v1/session HTTP/1.1')),
      'and what was sent, before TLS',
    )
    t.same(faultsOf(log, [...patientsSecrets, ...own]), [], who)
  }
})

t.test('the same search finds what is sent on purpose', async (t) => {
  const { page, log } = await logged('leaking')
  const words = await makeKeys(page, 'A patient', LEAKED_PASSPHRASE)
  const secrets = [...secretsOf(words, LEAKED_PASSPHRASE), ...patientsSecrets]
  const key = patientsSecrets.find(({ name }) => name.startsWith('data key'))?.forms[0] ?? Buffer.alloc(0)
  const bodies = [JSON.stringify({ words }), key.toString('base64'), `xx${key.toString('hex').toUpperCase()}`]
  for (const body of bodies) {
    await page.evaluate(
      `fetch('/v1/relay', { method: 'POST', body: ${JSON.stringify(body)} }).then(() => {})`,
    )
  }
  const query = encodeURIComponent(LEAKED_PASSPHRASE)
  await page.evaluate(`fetch('/v1/realm?passphrase=${query}').then(() => {})`)
  // The policy of the page refuses this before it is sent; an address is none of its business.
  await page.evaluate(`fetch('https://elsewhere.example/').catch(() => {})`)
  await page.evaluate(`void (location.href = 'https://elsewhere.example/lost')`).catch(() => {})
  await page.waitForTimeout(1_000)
  const faults = faultsOf(await log(), secrets)
  t.ok(faults.includes('two of the words, one after the other'))
  t.ok(faults.includes('passphrase'))
  t.ok(faults.some((fault) => fault.startsWith('data key')))
  t.ok(faults.includes('request to https://elsewhere.example/lost'))
  t.notOk(faults.includes('request to https://elsewhere.example/'))
})
