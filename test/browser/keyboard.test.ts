import { receivedGrants } from '@hygeia/dapp/physician/grants'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import type { Page } from 'playwright-core'
import t from 'tap'
import { newPhysician, visit } from '../support/people.ts'
import { until } from '../support/until.ts'
import { makeKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

const STOPS_LIMIT = 60
const FOCUSED = `(() => {
  const { activeElement: at } = document
  return (at.labels?.[0] ?? at).textContent.trim()
})()`

/** Press Tab until what is focused has this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < STOPS_LIMIT; stop++) {
    if ((await page.evaluate(FOCUSED)) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} cannot be reached by Tab`)
}

t.test('a permission is given and taken back by the keyboard alone', async (t) => {
  const scene = await BrowserScene.open(t)
  const physician = newPhysician(await visit(scene.hospital))
  await registerPhysician(physician)
  const account = physician.identity.signer.address
  await scene.hospital.admit(account)
  const { page } = await scene.browser()
  await makeKeys(page, 'A patient', 'four words and a comma')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('No readings yet.').waitFor()

  await tabTo(page, 'Sharing')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Let a physician see' }).waitFor()
  await tabTo(page, 'The physician’s account')
  await page.keyboard.type(account)
  await page.keyboard.press('Enter')
  await page.getByText('Fingerprint of their key').waitFor()
  await tabTo(page, 'It is the same')
  await page.keyboard.press('Space')
  await page.getByRole('group', { name: 'Until when may they look?' }).waitFor()
  await tabTo(page, '30 days')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Allow it')
  await page.keyboard.press('Enter')
  await page.getByText('They may see it now.').waitFor()
  t.equal((await receivedGrants(physician)).length, 1)

  await page.reload()
  await page.getByLabel('Passphrase').waitFor()
  await tabTo(page, 'Passphrase')
  await page.keyboard.type('four words and a comma')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Take back' }).waitFor()
  await tabTo(page, 'Take back')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo(page, 'Take it back')
  await page.keyboard.press('Enter')
  await page.getByText('Taken back.', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('article').getByText('Taken back', { exact: true }).waitFor()
  const isSomewhere = async () => (await page.evaluate('document.activeElement !== document.body')) === true
  await until('one is somewhere on the page, though what was pressed is gone', isSomewhere, 5_000)
})
