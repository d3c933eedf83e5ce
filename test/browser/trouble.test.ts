import type { Page, Route } from 'playwright-core'
import t from 'tap'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import { enterWeight } from './support/entry.ts'
import { makeKeys, unlockKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(600_000)

async function lookUp(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Sharing' }).click()
  await page.getByLabel('The physician’s account').fill(`0x${'12'.repeat(20)}`)
  await page.getByRole('button', { name: 'Look up' }).click()
}

t.test('whatever goes wrong is said in words that a patient understands, and nothing is lost', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  const { context } = browser
  const pinned = pinnedFetch(await scene.hospital.ca())
  /** What the hospital answers to what a page asks. */
  const truly = async (route: Route) => {
    const asked = route.request()
    const response = await pinned(asked.url(), {
      method: asked.method(),
      headers: await asked.allHeaders(),
    })
    const type = response.headers.get('content-type') ?? ''
    return { body: Buffer.from(await response.arrayBuffer()), headers: { 'content-type': type } }
  }
  await makeKeys(page, 'A patient', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('No readings yet.').waitFor()
  for (const kg of ['71.2', '70.9']) {
    await enterWeight(page, kg)
    await page.getByText('It is signed and kept.').waitFor()
  }
  await page.getByRole('heading', { name: 'On its way' }).waitFor({ state: 'detached' })

  await t.test('a batch whose proof fails', async (t) => {
    await page.getByRole('link', { name: 'Proofs' }).click()
    const rows = page.getByRole('row').filter({ hasText: 'anchored' })
    await rows.nth(1).waitFor()
    let kept: Buffer | undefined
    // The first receipt that was asked for, whatever is asked for: it is a true one, of another batch.
    await context.route('**/v1/receipts/**', async (route) => {
      const { body, headers } = await truly(route)
      kept ??= body
      await route.fulfill({ headers, body: kept })
    })
    await rows.nth(0).getByRole('button', { name: 'Check' }).click()
    await page.getByText('Proven', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await rows.nth(1).getByRole('button', { name: 'Check' }).click()
    await page.getByText('The proof fails: tell the hospital').waitFor()
    t.pass('a true receipt of another batch proves nothing')
    await page.getByRole('button', { name: 'Close' }).click()
    await context.unroute('**/v1/receipts/**')
  })

  await t.test('something in between that answers nonsense', async () => {
    const nonsense = (route: Route) =>
      route.fulfill({ status: 200, body: '<h1>Welcome to our guest network</h1>' })
    await context.route('**/v1/chain', nonsense)
    await lookUp(page)
    await page.getByText('Something between you and the hospital answers nonsense.').first().waitFor()
    await context.unroute('**/v1/chain')
    await page.getByRole('button', { name: 'Look up' }).click()
    await page.getByText('No admitted physician has this account.').waitFor()
  })

  await t.test('keys that were left open', async () => {
    await page.evaluate('(() => { const { now } = Date; Date.now = () => now() + 11 * 60_000 })()')
    await page.getByText('Locked because nobody was here.').waitFor()
    await page.reload()
    await unlockKeys(page, PASSPHRASE)
    await page.getByRole('link', { name: 'Now' }).click()
    await page.getByRole('article').filter({ hasText: 'Body weight' }).getByText('70.9').waitFor()
  })
})
