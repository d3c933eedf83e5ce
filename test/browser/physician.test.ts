import { readFile } from 'node:fs/promises'
import { revokeGrant } from '@hygeia/dapp/patient/revoke'
import type { Page } from 'playwright-core'
import t from 'tap'
import { until } from '../support/until.ts'
import { unlockKeys } from './support/first-run.ts'
import { admittedPhysician, letIn, monitoredPatient, PASSPHRASE } from './support/physician.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

/** How many opened batches a page's browser keeps. */
const keptBlocks = (page: Page) =>
  page.evaluate<number>(
    `new Promise((resolve, reject) => {
      const opening = indexedDB.open('hygeia')
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const counting = opening.result.transaction('blocks').objectStore('blocks').count()
        counting.onsuccess = () => { resolve(counting.result); opening.result.close() }
      }
    })`,
  )

const ENDINGS = { 'FHIR R4 Bundle': /\.fhir\.json$/, CSV: /\.csv$/ } as const

/** Click what writes a file, and read it. */
async function written(page: Page, format: keyof typeof ENDINGS): Promise<string> {
  await page.getByRole('button', { name: format }).click()
  await page.getByRole('button', { name: 'Write the file' }).click()
  const link = page.getByRole('link', { name: ENDINGS[format] })
  await link.waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  return await readFile(await download.path(), 'utf8')
}

t.test('a physician sees, silences, exports, and is put out while the page is open', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  const { account, fingerprint } = await admittedPhysician(scene, page)
  const patient = await monitoredPatient(t, scene)
  const granted = await letIn(patient, account)
  const { address } = patient.identity.signer
  t.match(fingerprint, /^(\d{5} ){5}\d{5}$/, 'a fingerprint to read out')

  // Whoever lets one in appears by themselves, and so does what comes in.
  const row = page.getByRole('listitem').filter({ has: page.locator(`a[href="#/patients/${address}"]`) })
  await row.getByText('per min').waitFor()
  await row.getByText(/≥ \d+ \(\d of 7\)/).waitFor()
  await page.getByRole('heading', { name: 'Incomplete scores' }).waitFor()
  t.equal(await page.getByRole('heading', { name: 'Complete scores' }).count(), 1, 'none is complete')
  t.equal(await row.getByText(/^(Low|Medium|High)$/).count(), 0, 'an incomplete score has no band')
  await row.getByText('1 alarm').waitFor()
  await page.getByText('1 alarm is on').waitFor()

  await page.getByRole('link', { name: 'Alarms', exact: true }).click()
  await page.getByText('hold on this screen only').waitFor()
  await page.getByRole('button', { name: /^Acknowledge Heart rate is high/ }).click()
  await page.getByRole('heading', { name: 'Silent on this screen' }).waitFor()
  t.equal(await page.getByText('alarm is on').count(), 0)
  await page.reload()
  await unlockKeys(page, PASSPHRASE)
  await page.getByRole('heading', { name: 'Silent on this screen' }).waitFor()
  t.equal(await page.getByText('alarm is on').count(), 0, 'it stays so for whoever reloads the page')

  await page.getByRole('link', { name: 'Patients', exact: true }).click()
  await row.getByRole('link').click()
  await page.getByRole('button', { name: 'Name', exact: true }).click()
  await page.getByLabel('Name', { exact: true }).fill('Bed 4')
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('heading', { name: 'Bed 4' }).waitFor()
  const chart = page.getByRole('application', { name: /^Heart rate: \d+ to \d+ per min/ })
  await chart.waitFor()
  await chart.focus()
  await page.keyboard.press('Shift+ArrowRight')
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await page.getByText('The dashed line is the same time yesterday.').waitFor()
  const tile = page.getByRole('article').filter({ hasText: 'Heart rate' })
  await tile.getByRole('button', { name: 'anchored' }).waitFor()
  await page.getByRole('button', { name: 'Check the newest proofs' }).click()
  await page.getByText(/^\d+ proofs? holds?$/).waitFor()

  const bundle = JSON.parse(await written(page, 'FHIR R4 Bundle'))
  const kinds = new Set(
    bundle.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType),
  )
  t.same([...kinds].sort(), ['Consent', 'Device', 'Observation', 'Patient', 'Provenance'])
  const csv = await written(page, 'CSV')
  t.match(csv, /^time,device,channel,code,value,unit,state,dated\n/)
  t.match(csv, /,heart-rate,8867-4,[\d.]+,\/min,ok,clock\n/)
  t.ok((await keptBlocks(page)) > 0, 'what was opened is kept for when nobody is there')

  await revokeGrant(patient, granted.hash)
  await page.getByText('Bed 4 has taken the permission back.').waitFor()
  await page.getByText('removed from this screen and from this browser').waitFor()
  t.equal(await page.getByText('per min').count(), 0, 'no value is on screen')
  t.ok(await until('nothing is kept', async () => (await keptBlocks(page)) === 0 || undefined))
  await page.getByRole('link', { name: 'To the patients' }).click()
  await page.getByText('No patient has let you in yet.').waitFor()
  t.same(browser.complaints, [])
})
