import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { makeKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

interface Bundle {
  readonly type: string
  readonly entry: readonly { readonly resource: { readonly resourceType: string } }[]
}

/** What the browser downloads when this is done. */
async function downloaded(page: Page, act: () => Promise<void>): Promise<string> {
  const waiting = page.waitForEvent('download')
  await act()
  return readFile(await (await waiting).path(), 'utf8')
}

t.test('a patient takes everything along in a file', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()
  await makeKeys(page, 'A patient', 'four words and a comma')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  await scene.pairDevice(page, liveOximeter)
  await page.getByRole('link', { name: 'Proofs' }).click()
  await page.getByRole('row').filter({ hasText: 'anchored' }).first().waitFor()

  await page.getByRole('link', { name: 'Export everything' }).click()
  const write = page.getByRole('button', { name: 'Write the file' })
  // Where a person cannot choose a file, it is downloaded.
  await page.evaluate('delete window.showSaveFilePicker')
  const bundle = JSON.parse(await downloaded(page, () => write.click())) as Bundle
  t.equal(bundle.type, 'collection')
  const kinds = new Set(bundle.entry.map(({ resource }) => resource.resourceType))
  for (const kind of ['Patient', 'Device', 'Observation', 'Provenance']) t.ok(kinds.has(kind), kind)
  await page.getByText('The file is written.').waitFor()

  await page.getByRole('button', { name: 'For a table' }).click()
  // A file of the browser's own stands for the one that a person chooses; it is written to in the same way.
  await page.evaluate(`window.showSaveFilePicker = async ({ suggestedName }) => {
    const folder = await navigator.storage.getDirectory()
    return folder.getFileHandle(suggestedName, { create: true })
  }`)
  await write.click()
  await page.getByText('The file is written.').waitFor()
  const csv = await page.evaluate(`(async () => {
    const folder = await navigator.storage.getDirectory()
    for await (const [name, handle] of folder.entries())
      if (name.endsWith('.csv')) return (await handle.getFile()).text()
  })()`)
  const [head, ...lines] = String(csv).trimEnd().split('\n')
  t.equal(head, 'time,device,channel,code,value,unit,state,dated')
  t.ok(lines.length > 0 && lines.every((line) => /,(heart-rate|spo2),/.test(line)))
  t.same(browser.complaints, [])
})
