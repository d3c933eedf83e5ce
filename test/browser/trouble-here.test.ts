import { createHash } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildManifest, filesIn, manifestOf } from '@hygeia/dapp/build/manifest'
import type { BrowserContext, Page, Route } from 'playwright-core'
import t from 'tap'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import { builtDapp } from '../support/built-dapp.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { enterWeight } from './support/entry.ts'
import { makeKeys, unlockKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(600_000)

/** Change the room that a browser gives to what a hospital's pages keep. @param bytes - undefined: as much as ever */
async function giveRoom(page: Page, bytes: number | undefined): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const origin = new URL(page.url()).origin
  const quota = bytes === undefined ? {} : { quotaSize: bytes }
  await session.send('Storage.overrideQuotaForOrigin', { origin, ...quota })
}

/** Have every answer of the hospital say that it is later by so much: this machine's clock is then behind. */
async function later(context: BrowserContext, ca: string, byMs: number): Promise<void> {
  const pinned = pinnedFetch(ca)
  await context.route('**/v1/**', async (route: Route) => {
    const asked = route.request()
    // A stream has no end that could be waited for.
    if (asked.url().includes('/v1/events')) return route.fallback()
    const body = asked.postDataBuffer()
    const response = await pinned(asked.url(), {
      method: asked.method(),
      headers: await asked.allHeaders(),
      ...(body === null ? {} : { body: Uint8Array.from(body) }),
    })
    const type = response.headers.get('content-type') ?? ''
    const date = new Date(Date.now() + byMs).toUTCString()
    const answer = Buffer.from(await response.arrayBuffer())
    await route.fulfill({ status: response.status, headers: { 'content-type': type, date }, body: answer })
  })
}

/** The same web app as another build: a browser tells them apart by the bytes of the service worker. */
async function anotherBuild(dir: string): Promise<void> {
  const file = join(dir, 'service-worker.js')
  const listed = join(dir, 'dapp.json')
  const script = `${await readFile(file, 'utf8')}\n// another build\n`
  const { files } = BuildManifest.parse(JSON.parse(await readFile(listed, 'utf8')))
  const sha256 = createHash('sha256').update(script).digest('hex')
  await writeFile(file, script)
  await writeFile(
    listed,
    JSON.stringify(manifestOf(filesIn({ files: { ...files, 'service-worker.js': sha256 } }))),
  )
}

async function registered(page: Page): Promise<void> {
  await makeKeys(page, 'A patient', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('No readings yet.').waitFor()
}

t.test('a clock that is off is named, and by how much', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  await later(browser.context, await scene.hospital.ca(), 42 * 60_000)
  await registered(page)
  await page.getByText('The clock of this device is wrong by about 42 minutes.').waitFor()
  await browser.context.unroute('**/v1/**')
  await page.reload()
  await unlockKeys(page, PASSPHRASE)
  await page.getByText('No readings yet.').waitFor()
  t.equal(await page.getByText('The clock of this device is wrong').count(), 0)
})

t.test(
  'a browser without room says so, signs nothing that it could lose, and goes on when it has room',
  async (t) => {
    const scene = await BrowserScene.open(t)
    const { page } = await scene.browser()
    await registered(page)
    await enterWeight(page, '71.2')
    await page.getByText('It is signed and kept.').waitFor()
    await page.getByRole('heading', { name: 'On its way' }).waitFor({ state: 'detached' })
    await giveRoom(page, 1)
    const full = page.getByText('This browser has no more room').first()
    const isFull = async () => {
      await enterWeight(page, '70.9')
      await full.or(page.getByText('It is signed and kept.')).waitFor()
      return await full.isVisible()
    }
    await until('the browser says that it is full', isFull)
    await giveRoom(page, undefined)
    await enterWeight(page, '70.4')
    await page.getByText('It is signed and kept.').waitFor()
    await page.getByRole('link', { name: 'Now' }).click()
    await page.getByRole('article').filter({ hasText: 'Body weight' }).getByText('70.4').waitFor()
    t.pass('what was entered afterwards is read')
  },
)

t.test('a new version is offered, taken when one wants it, and nothing is lost', async (t) => {
  const dapp = join(await testFolder(t), 'dapp')
  await cp(await builtDapp(), dapp, { recursive: true })
  const scene = await BrowserScene.open(t, { dapp })
  const { page } = await scene.browser()
  await registered(page)
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  await page.reload()
  await unlockKeys(page, PASSPHRASE)
  await page.getByText('No readings yet.').waitFor()
  t.equal(await page.getByText('A new version of this page is ready.').count(), 0)
  await anotherBuild(dapp)
  await scene.hospital.stop()
  await scene.hospital.start()
  await page.evaluate(
    'navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => true)',
  )
  await page.getByText('A new version of this page is ready.').waitFor()
  await page.getByText('No readings yet.').waitFor()
  await page.getByRole('button', { name: 'Use it now' }).click()
  await unlockKeys(page, PASSPHRASE)
  await page.getByText('No readings yet.').waitFor()
  t.equal(await page.getByText('A new version of this page is ready.').count(), 0)
})
