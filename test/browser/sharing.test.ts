import { receivedGrants } from '@hygeia/dapp/physician/grants'
import { openGrant } from '@hygeia/dapp/physician/open'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { newPhysician, visit } from '../support/people.ts'
import { until } from '../support/until.ts'
import { makeKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

t.test('a patient lets a physician see, sees what was opened, and takes it back', async (t) => {
  const scene = await BrowserScene.open(t)
  const physician = newPhysician(await visit(scene.hospital))
  const { fingerprint } = await registerPhysician(physician)
  const account = physician.identity.signer.address
  await scene.hospital.admit(account)

  const { browser, page } = await scene.browser()
  await makeKeys(page, 'A patient', 'four words and a comma')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  await scene.pairDevice(page, liveOximeter)

  await page.getByRole('link', { name: 'Sharing' }).click()
  await page.getByLabel('The physician’s account').fill(account)
  await page.getByRole('button', { name: 'Look up' }).click()
  await page.getByText(fingerprint).waitFor()
  t.pass('the fingerprint is the one that the physician reads out')
  await page.getByRole('checkbox', { name: 'It is the same' }).check()
  // A second click must not grant a second time.
  await page.getByRole('button', { name: 'Allow it' }).dblclick()
  await page.getByText('They may see it now.').waitFor()
  const grants = await receivedGrants(physician)
  t.equal(grants.length, 1)

  const now = Date.now()
  const span = { from: (now - DAY_MS) as UnixMs, to: (now + HOUR_MS) as UnixMs }
  const [held] = grants
  if (held === undefined) throw new Error('no grant')
  const count = async () => {
    let opened = 0
    for await (const one of openGrant(physician, held, span)) if (one.fault === undefined) opened++
    return opened
  }
  t.ok(await until('the physician opens something', async () => (await count()) || undefined))

  const card = page.getByRole('article')
  await card.getByText(/^Opened \d+ times/).waitFor()
  await card.getByRole('button', { name: 'Take back' }).click()
  await page.getByText('what was seen cannot be made unseen').waitFor()
  await page.getByRole('button', { name: 'Take it back' }).dblclick()
  await page.getByText('Taken back.', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await card.getByText('Taken back', { exact: true }).waitFor()
  const refused: unknown = await count().catch((cause: unknown) => cause)
  t.match(refused, { detail: { problem: 'GRANT_REVOKED' } }, 'the physician is refused')
  t.same(browser.complaints, [])
})
