import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { makeKeys, unlockKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(600_000)

t.test('a patient makes keys, registers, pairs a device and sees it live', async (t) => {
  const scene = await BrowserScene.open(t)
  const { browser, page } = await scene.browser()

  const words = await makeKeys(page, 'A patient', PASSPHRASE)
  t.equal(words.length, 24)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Pair a device' }).click()
  t.ok(await scene.pairDevice(page, liveOximeter), 'both sides show the same words')

  await page.getByRole('link', { name: 'See the readings' }).click()
  const heartRate = page.getByRole('article').filter({ hasText: 'Heart rate' })
  await heartRate.getByText('per min').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await heartRate.getByRole('button', { name: 'anchored' }).waitFor()
  await page.getByRole('link', { name: 'Proofs' }).click()
  const proven = page.getByRole('row').filter({ hasText: 'anchored' }).last()
  await proven.getByRole('button', { name: 'Check' }).click()
  await page.getByText('Proven', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()

  await page.getByRole('button', { name: 'Lock' }).click()
  await unlockKeys(page, 'not the passphrase at all')
  await page.getByText('This is not the passphrase.').waitFor()

  // What was opened can be read with nobody there.
  await scene.hospital.stop()
  await unlockKeys(page, PASSPHRASE)
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByText('Hospital away').waitFor()
  await heartRate.getByText('per min').waitFor()
  await scene.hospital.start()
  await page.getByText('Live', { exact: true }).waitFor()
  t.pass('it goes on by itself')
  const others = browser.complaints.filter(
    (text) => !/ERR_CONNECTION_REFUSED|Failed to load resource/.test(text),
  )
  t.same(others, [], 'nothing else went wrong, and the policy refused nothing')
})
