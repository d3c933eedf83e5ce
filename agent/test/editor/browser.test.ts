import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Locator, type Page } from 'playwright-core'
import t from 'tap'
import { until } from '../support/until.ts'
import { editedAgent, PASSWORD } from './support.ts'

t.setTimeout(300_000)

const CHROMIUM = '/usr/bin/chromium'
const SHOTS = fileURLToPath(new URL('../../../.build/screenshots', import.meta.url))
const LIMIT_MS = 60_000
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const shot = (page: Page, name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`) })

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** Hold the middle of one thing and let go over a place. */
async function drag(page: Page, from: Box, to: { readonly x: number; readonly y: number }): Promise<void> {
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(to.x - 20, to.y - 20, { steps: 10 })
  await page.mouse.move(to.x, to.y, { steps: 10 })
  await page.mouse.up()
}

async function boxOf(locator: Locator): Promise<Box> {
  const box = await locator.first().boundingBox()
  if (box === null) throw new Error('not shown')
  return box
}

/** Drag a node of the palette into the flow and wire it between two nodes. */
async function putBetween(page: Page, type: string, from: string, to: string): Promise<void> {
  const node = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`)
  await node.scrollIntoViewIfNeeded()
  await drag(page, await boxOf(node), { x: 700, y: 480 })
  const added = page.locator(
    '.red-ui-flow-node-group.red-ui-flow-node-selected, .red-ui-flow-node-group:has(.red-ui-flow-node-selected)',
  )
  const port = (one: Locator, side: 'input' | 'output') =>
    boxOf(one.locator(`.red-ui-flow-port-${side} .red-ui-flow-port`))
  const middle = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 })
  const id = await added.first().getAttribute('id')
  const between = page.locator(`[id="${id}"]`)
  await drag(page, await port(page.locator(`[id="${from}"]`), 'output'), middle(await port(between, 'input')))
  await drag(page, await port(between, 'output'), middle(await port(page.locator(`[id="${to}"]`), 'input')))
}

async function deploy(page: Page): Promise<void> {
  await page.locator('#red-ui-header-button-deploy').click()
  const confirm = page
    .locator('.ui-dialog:visible, .red-ui-notification')
    .getByRole('button', { name: /deploy/i })
  if (await confirm.first().isVisible()) await confirm.first().click()
}

t.test(
  'a function node put into the flow in a browser is deployed, and readings at both ends agree',
  { skip: !existsSync(CHROMIUM) && 'no chromium' },
  async (t) => {
    await mkdir(SHOTS, { recursive: true })
    const { agent, folder, url, ledger, patient, hospital } = await editedAgent(t)
    const pipeline = () => readFile(join(folder, 'pipeline.json'), 'utf8').catch(() => '')
    const samples = () =>
      hospital.batches.flatMap(({ batch }) =>
        patient
          .open(batch)
          .columns.flatMap((column) => (column.channel === 'skin-temperature' ? column.samples : [])),
      )
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
    t.teardown(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    await page.goto(url)
    await page.locator('#node-dialog-login-username').fill('hygeia')
    await page.locator('#node-dialog-login-password').fill(PASSWORD)
    await shot(page, 'login')
    await page.locator('#node-dialog-login-submit').click()
    await page.locator('#hygeia-sensor-thermometer').waitFor()
    await shot(page, 'editor')

    for (const id of [
      'hygeia-sensor-oximeter',
      'hygeia-sensor-event-button',
      'hygeia-record-vitals',
      'hygeia-uplink',
      'hygeia-alert',
      'hygeia-status',
    ]) {
      const node = page.locator(`[id="${id}"] .red-ui-flow-node`).first()
      if ((await node.count()) === 0) continue
      await node.dblclick()
      await page.locator('#node-dialog-cancel').waitFor()
      await page
        .locator('.red-ui-tray')
        .last()
        .evaluate((tray) =>
          Promise.all(tray.getAnimations().map((one: { finished: Promise<unknown> }) => one.finished)),
        )
      await shot(page, `dialog-${id}`)
      await page.locator('#node-dialog-cancel').click()
      await page.locator('#node-dialog-cancel').waitFor({ state: 'detached' })
    }

    await putBetween(page, 'function', 'hygeia-sensor-thermometer', 'hygeia-record-vitals')
    await shot(page, 'function-dropped')
    await deploy(page)
    await until(
      'the thermometer is tapped',
      async () => (await pipeline()).includes('"tapped": [\n    "skin-temperature"'),
      LIMIT_MS,
    )
    const good = await pipeline()
    const before = samples().length
    await until('readings arrive', () => samples().length >= before + 6, LIMIT_MS)
    await shot(page, 'deployed')

    // Without its wire to the uplink the record is no pipeline.
    await page.locator('[id="hygeia-uplink"] .red-ui-flow-node').first().click()
    await page.keyboard.press('Delete')
    await deploy(page)
    await page
      .getByText(/The last good pipeline goes on/)
      .first()
      .waitFor()
    await shot(page, 'refused')
    t.equal(await pipeline(), good, 'a broken flow changes nothing')
    const then = samples().length
    await until('readings go on', () => samples().length >= then + 4, LIMIT_MS)

    t.comment(`resident ${(await agent.status())?.memoryMb} MB`)
    t.equal(await agent.stop(), 0)
    const to = Math.max(...hospital.batches.map(({ batch }) => batch.to))
    const received = samples().filter((sample) => 'value' in sample).length
    const read = (await readFile(ledger, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ sensor }) => sensor === 'thermometer')
      .filter(({ atUnixMs }) => atUnixMs < to + 500)
    t.equal(received, read.length, 'what the chip handed out is what the hospital has')
    t.ok(received > 0)
  },
)
