import t from 'tap'
import { barriersOf } from './support/axe.ts'
import { makeKeys } from './support/first-run.ts'
import { letIn, monitoredPatient, PASSPHRASE } from './support/physician.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

const PLACES = ['Alarms', 'Emergency', 'My key', 'Settings', 'Patients']
const PATHS = ['alarms', 'emergency', 'key', 'settings', 'patients']

t.test('no page of a physician keeps anybody out, in light, dark and Arabic', async (t) => {
  const scene = await BrowserScene.open(t)
  const { page } = await scene.browser()
  await makeKeys(page, 'A physician', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).waitFor()
  t.same(await barriersOf(page), [], 'registration')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Waiting to be admitted' }).waitFor()
  t.same(await barriersOf(page), [], 'waiting')
  const account = ((await page.locator('[data-account]').textContent()) ?? '').trim()
  await scene.hospital.admit(account)
  await page.getByText('No patient has let you in yet.').waitFor()
  t.same(await barriersOf(page), [], 'nobody yet')
  const patient = await monitoredPatient(t, scene)
  await letIn(patient, account)
  const link = page.locator(`a[href="#/patients/${patient.identity.signer.address}"]`)
  await page.getByText('per min').first().waitFor()
  const chart = page.getByRole('application').first()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [index, place] of PLACES.entries()) {
      await page.getByRole('link', { name: place, exact: true }).click()
      await page.waitForURL(`**/#/${PATHS[index]}`)
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
      t.same(await barriersOf(page), [], `${place}, ${colorScheme}`)
    }
    await link.click()
    await chart.waitFor()
    t.same(await barriersOf(page), [], `patient, ${colorScheme}`)
  }
  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('button', { name: 'العربية' }).click()
  await page.getByRole('link', { name: 'المرضى', exact: true }).click()
  await link.click()
  await chart.waitFor()
  t.same(await barriersOf(page), [], 'patient, Arabic')
})
