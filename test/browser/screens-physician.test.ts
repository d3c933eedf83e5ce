import { HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import t from 'tap'
import { SealedHistory } from '../support/sealed-history.ts'
import { makeKeys } from './support/first-run.ts'
import { letIn, monitoredPatient, PASSPHRASE } from './support/physician.ts'
import { goTo } from './support/place.ts'
import { BrowserScene } from './support/scene.ts'
import { look, sheetsOf } from './support/screens.ts'

t.setTimeout(1_200_000)

const PATHS = ['alarms', 'emergency', 'key', 'settings']

t.test('every page of a physician fits every screen and one sheet, and keeps nobody out', async (t) => {
  const scene = await BrowserScene.open(t)
  const { page } = await scene.browser()
  const see = (name: string) => look(t, page, `physician-${name}`)
  await makeKeys(page, 'A physician', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).waitFor()
  await see('register')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Waiting to be admitted' }).waitFor()
  await see('waiting')
  const account = ((await page.locator('[data-account]').textContent()) ?? '').trim()
  await scene.hospital.admit(account)
  await page.getByText('No patient has let you in yet.').waitFor()
  await see('nobody')

  const patient = await monitoredPatient(t, scene)
  const history = await SealedHistory.of(patient)
  for (const hoursAgo of [26, 20, 10, 4]) {
    const values = Array.from({ length: 180 }, (_, minute) => 74 + Math.round(8 * Math.sin(minute / 25)))
    await history.give('vitals', Date.now() - hoursAgo * HOUR_MS, [
      { channel: 'pulse', everyMs: MINUTE_MS, values },
      { channel: 'respiratory-rate', everyMs: MINUTE_MS, values: values.map((value) => value - 58) },
    ])
  }
  await letIn(patient, account)
  const another = await monitoredPatient(t, scene)
  await letIn(another, account)
  const link = page.locator(`a[href="#/patients/${patient.identity.signer.address}"]`)
  await page.getByText('per min').first().waitFor()
  await see('patients')
  for (const path of PATHS) {
    await goTo(page, path)
    await see(path)
  }
  await goTo(page, 'alarms')
  await page
    .getByRole('button', { name: /^Acknowledge / })
    .first()
    .click()
  await page.getByRole('heading', { name: 'Silent on this screen' }).waitFor()
  await see('acknowledged')

  await goTo(page, 'patients')
  await link.click()
  await page.getByRole('application').first().waitFor()
  await page.getByRole('button', { name: 'Day', exact: true }).click()
  await page.getByRole('application', { name: /^Pulse/ }).waitFor()
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await page.getByText('The dashed line is the same time yesterday.').waitFor()
  await page.getByRole('button', { name: 'Check the newest proofs' }).click()
  await page.getByText(/^\d+ proofs? holds?$/).waitFor()
  await see('patient')
  t.equal(await sheetsOf(page, 'physician-patient'), 1, 'a patient is one sheet of paper')
  await page.emulateMedia({ colorScheme: 'dark' })
  t.equal(await sheetsOf(page, 'physician-patient-at-night'), 1, 'also for who reads in the dark')
  await page.getByRole('button', { name: 'Name', exact: true }).click()
  await page.getByRole('dialog').waitFor()
  await see('name')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()

  await goTo(page, 'settings')
  await page.getByRole('button', { name: 'العربية' }).click()
  for (const path of ['patients', ...PATHS]) {
    await goTo(page, path)
    await see(`arabic-${path}`)
  }
  await goTo(page, 'patients')
  await link.click()
  await page.getByRole('application').first().waitFor()
  await see('arabic-patient')
})
