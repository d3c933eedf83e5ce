import { MINUTE_MS } from '@hygeia/protocol/units'
import t from 'tap'
import { unlockKeys } from './support/first-run.ts'
import { admittedPhysician, letIn, monitoredPatient, PASSPHRASE } from './support/physician.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

t.test('what was opened is read while nobody is there, and no longer than access lasts', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  const { account } = await admittedPhysician(scene, page)
  const short = await monitoredPatient(t, scene)
  await letIn(short, account, { lastsMs: 1.5 * MINUTE_MS })
  const { address } = short.identity.signer
  const row = page.getByRole('listitem').filter({ has: page.locator(`a[href="#/patients/${address}"]`) })
  await row.getByText('per min').waitFor()

  await scene.hospital.stop()
  await page.getByRole('button', { name: 'Lock' }).click()
  await unlockKeys(page, PASSPHRASE)
  await page.getByText('Hospital away').waitFor()
  await row.getByText('per min').waitFor()
  await page.getByText('these are the patients who let you in the last time').waitFor()
  await row.getByRole('link').click()
  await page.getByText('whether the permission still stands is not known').waitFor()
  await page.getByRole('application', { name: /^Heart rate/ }).waitFor()

  // The end is in the grant: no hospital has to say it.
  await page.getByText(/^The permission of .* is over\.$/).waitFor({ timeout: 2 * MINUTE_MS })
  t.equal(await page.getByText('per min').count(), 0, 'no value is on screen')
  t.same(
    browser.complaints.filter((text) => !/ERR_CONNECTION_REFUSED|Failed to load resource/.test(text)),
    [],
  )
})

t.test('a proxy that answers nonsense is named, and nothing is lost', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  const { account } = await admittedPhysician(scene, page)
  // Whoever sits between browser and proxy, or is it.
  let isLying = true
  await browser.context.route('**/v1/reencryptions', (route) =>
    isLying ? route.fulfill({ status: 200, json: { cfrags: 'as you like' } }) : route.continue(),
  )
  const patient = await monitoredPatient(t, scene)
  await letIn(patient, account)
  const { hospital } = patient.hospital
  await page.getByText('Tell your patient and the hospital:').waitFor()
  const named = page.getByTitle(hospital)
  await named.getByText(/^The proxy of 0x\w+…\w+ answers nonsense\./).waitFor()
  t.equal(await page.getByText('per min').count(), 0)

  isLying = false
  await page.getByText('per min').first().waitFor()
  t.ok(await named.count(), 'what was seen stays said')
})

t.test('a reading whose proof is of another batch is marked', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  const { account } = await admittedPhysician(scene, page)
  const patient = await monitoredPatient(t, scene)
  await letIn(patient, account)
  const { address } = patient.identity.signer
  await page.locator(`a[href="#/patients/${address}"]`).click()
  const tile = page.getByRole('article').filter({ hasText: 'Heart rate' })
  await tile.getByRole('button', { name: 'anchored' }).waitFor()

  // A receipt that holds, and always the same one.
  let first: Uint8Array | undefined
  const { transport } = patient.hospital.client
  await browser.context.route('**/v1/receipts/*', async (route) => {
    first ??= await transport.bytesIfThere(new URL(route.request().url()).pathname)
    if (first === undefined) await route.continue()
    else await route.fulfill({ body: Buffer.from(first), contentType: 'application/cbor' })
  })
  await page.getByRole('button', { name: 'Check the newest proofs' }).click()
  await page.getByText(/^\d+ proofs? fails?: do not rely on these readings/).waitFor()
  await page.getByRole('button', { name: 'Check the newest proofs' }).waitFor()
  const refuted = page.getByRole('table').getByRole('row').filter({ hasText: 'The proof fails' })
  t.ok(await refuted.count(), 'each of the others is marked')
  t.equal(await page.getByText('1 proof holds').count(), 1, 'that of the batch that it is of')
})
