import { registerPatient } from '@hygeia/dapp/patient/patient'
import { addressOf } from '@hygeia/protocol/ids'
import { HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import t from 'tap'
import { builtDapp } from '../support/built-dapp.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPatient, visitAll } from '../support/people.ts'
import { testFolder } from '../support/scene.ts'
import { SealedHistory } from '../support/sealed-history.ts'
import { until } from '../support/until.ts'
import { PersonsBrowser } from './support/dapp.ts'
import { makeKeys } from './support/first-run.ts'
import { letIn, PASSPHRASE } from './support/physician.ts'
import { look } from './support/screens.ts'

t.setTimeout(900_000)

t.test('an emergency opens with a reason and the word of another hospital, for a limited time', async (t) => {
  const dir = await testFolder(t)
  const dapp = await builtDapp()
  const { all } = await startHospitals(t, { dir, count: 2, dapp })
  const [first, second] = all
  if (first === undefined || second === undefined) throw new Error('two hospitals')
  const [known, ...others] = await visitAll(all)
  if (known === undefined) throw new Error('no hospital')
  // Each knows by the other's own signed word where it is reached, and lets its pages go there.
  for (const other of others) {
    for (const stated of await other.client.hospitals()) await known.client.putHospital(stated)
    for (const stated of await known.client.hospitals()) await other.client.putHospital(stated)
  }
  const browser = await PersonsBrowser.of(t, [await first.ca(), await second.ca()])
  const page = await browser.open(first.endpoints.api)
  await makeKeys(page, 'A physician', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Waiting to be admitted' }).waitFor()
  const account = addressOf(((await page.locator('[data-account]').textContent()) ?? '').trim())
  for (const hospital of all) await hospital.admit(account)
  await page.getByText('No patient has let you in yet.').waitFor()

  const patient = newPatient(known, others)
  await registerPatient(patient)
  const history = await SealedHistory.of(patient)
  const values = Array.from({ length: 60 }, (_, second) => 70 + (second % 5))
  await history.give('vitals', Date.now() - MINUTE_MS, [{ channel: 'pulse', everyMs: 1_000, values }])
  await letIn(patient, account, { emergencyMs: HOUR_MS })

  await page.getByRole('link', { name: 'Emergency', exact: true }).click()
  await page.getByText('stays open for 60 minutes').waitFor()
  await look(t, page, 'emergency-ready')
  await page.getByLabel('Why').fill('found unconscious, nobody to ask')
  await page.getByText('At most 64 characters, 32 left.').waitFor()
  await page.getByRole('checkbox', { name: /^I need to see/ }).check()
  await page.getByRole('button', { name: 'Open it now' }).click()
  await page.getByText(/^Somebody at 0x.* has to agree/).waitFor()

  await look(t, page, 'emergency-waiting')

  const waiting = await until('the other hospital is asked', async () => {
    const [id] = (await second.command('emergencies')).split(/\s+/)
    return id !== undefined && id !== 'none' ? id : undefined
  })
  await second.command('emergencies', 'agree', waiting)
  await page.getByText(/Emergency, until .* · closes in (1 hr|\d\d min)/).waitFor()

  await look(t, page, 'emergency-open')
  await page.getByRole('link', { name: 'Patients', exact: true }).click()
  await page.getByText('per min').first().waitFor()
  const { address } = patient.identity.signer
  await page.locator(`a[href="#/patients/${address}"]`).click()
  await page.getByText('Opened as an emergency; the patient was told.').waitFor()
  await page.getByText(/^closes in (1 hr|\d\d min)/).waitFor()
  await look(t, page, 'emergency-patient')
  t.same(browser.complaints, [])
})
