import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { OwnProcess } from '../support/process.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { PersonsBrowser } from './support/dapp.ts'
import { type Person, recoverKeys } from './support/first-run.ts'

const UP = fileURLToPath(new URL('../demo/up.ts', import.meta.url))

/** Longer than from one batch of the live ECG to the next. */
const HELD_MS = 12_000

t.setTimeout(600_000)

/** What follows a word that begins a line. */
const after = (text: string, word: string) =>
  [...text.matchAll(new RegExp(`^ *${word} +(.+)$`, 'gm'))].map(([, found = '']) => found)

t.test('whoever starts the demo signs in with what it prints, and sees readings move', async (t) => {
  const dir = await testFolder(t)
  const logFile = join(dir, 'up.log')
  const demo = new OwnProcess({ file: UP, args: [join(dir, 'up')], logFile })
  t.teardown(() => demo.stop())
  const look = async () => {
    const text = await readFile(logFile, 'utf8')
    return text.includes('Ctrl-C ends it') && text
  }
  const told = await until('it says how to sign in', look, 240_000)
  const [address = ''] = after(told, 'The web app')
  const words = after(told, 'words')
  const passphrases = after(told, 'passphrase')
  const ca = await readFile(join(dir, 'up/hospital/keys/ca.pem'), 'utf8')
  const open = async (person: Person, place: number) => {
    const page = await (await PersonsBrowser.of(t, ca)).open(address)
    await page.getByRole('radio', { name: person }).check()
    await recoverKeys(page, words[place]?.split(' ') ?? [], passphrases[place] ?? '')
    return page
  }

  const patient = await open('A patient', 0)
  const heartRate = patient.getByRole('article').filter({ hasText: 'Heart rate' })
  await heartRate.getByText('per min').waitFor()
  const shown = async () => await heartRate.locator('.tile-value').textContent()
  const first = await shown()
  t.ok(await until('another heart rate', async () => (await shown()) !== first), 'it moves')
  await patient.getByRole('link', { name: 'Charts' }).click()
  const strip = patient.locator('[data-strip-end]')
  const end = async () => await strip.textContent()
  const firstEnd = await end()
  t.ok(await until('the strip goes on', async () => (await end()) !== firstEnd), 'the ECG moves')
  await patient.getByRole('button', { name: 'Hold still' }).click()
  const held = await end()
  await delay(HELD_MS)
  t.equal(await end(), held, 'and stands still for who measures')
  await patient.getByRole('button', { name: 'Go on with the newest' }).click()
  t.ok(await until('it goes on again', async () => (await end()) !== held))
  await patient.getByRole('link', { name: 'Sharing' }).click()
  await patient.getByRole('article').getByText('Allowed', { exact: true }).waitFor()

  const staff = await open('Hospital staff', 3)
  await staff.getByText('All is well').waitFor()
  await staff.getByRole('link', { name: 'Decisions' }).click()
  await staff.getByRole('link', { name: 'Physicians' }).click()
  await staff.getByRole('button', { name: 'Propose admission' }).waitFor()
  t.equal(words.length, 5, 'and everybody else has words as well')
})
