import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { barriersOf } from './support/axe.ts'
import { makeKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

const PLACES = ['Now', 'Charts', 'Sharing', 'Devices', 'Proofs', 'Settings']
const PATHS = ['now', 'charts', 'sharing', 'devices', 'records', 'settings']
/** Pages that a page of the menu leads to. */
const WITHIN = ['now/enter', 'records/export', 'records/erase']

t.test('no page keeps anybody out, in light and in dark, left to right and right to left', async (t) => {
  const scene = await BrowserScene.open(t)
  const { page } = await scene.browser()
  await page.getByRole('button', { name: 'Make new keys' }).waitFor()
  t.same(await barriersOf(page), [], 'welcome')
  await makeKeys(page, 'A patient', 'four words and a comma')
  await page.getByRole('button', { name: 'Register' }).waitFor()
  t.same(await barriersOf(page), [], 'registration')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  await page.getByRole('img', { name: 'Enrolment code' }).waitFor()
  t.same(await barriersOf(page), [], 'pairing')
  await scene.pairDevice(page, liveOximeter)
  await page.getByRole('link', { name: 'See the readings' }).click()
  await page.getByRole('article').first().waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [index, place] of PLACES.entries()) {
      await page.getByRole('link', { name: place, exact: true }).click()
      await page.waitForURL(`**/#/${PATHS[index]}`)
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
      t.same(await barriersOf(page), [], `${place}, ${colorScheme}`)
    }
    for (const path of WITHIN) {
      await page.goto(`${scene.hospital.endpoints.api}/#/${path}`)
      await page.getByRole('link', { name: 'Back' }).waitFor()
      t.same(await barriersOf(page), [], `${path}, ${colorScheme}`)
    }
  }
  await page.getByRole('link', { name: 'Settings', exact: true }).click()
  await page.getByRole('button', { name: 'العربية' }).click()
  await page.locator('html[dir=rtl]').waitFor()
  t.same(await barriersOf(page), [], 'Arabic')
})
