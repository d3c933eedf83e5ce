import type { Page } from 'playwright-core'
import t from 'tap'
import { joinShares, makeKeys, recoverKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(600_000)

/** An authenticator that yields secrets, as a phone has one. @see WebAuthn Level 3 §11.2 */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: true,
    },
  })
}

t.test('the words bring the keys back in another browser', async (t) => {
  const scene = await BrowserScene.open(t)
  const { page: before } = await scene.browser()
  const words = await makeKeys(before, 'A patient', PASSPHRASE)
  await before.getByRole('button', { name: 'Register' }).click()
  await before.getByText('No readings yet.').waitFor()

  await before.getByRole('link', { name: 'Settings' }).click()
  await before.getByLabel('Passphrase').fill(PASSPHRASE)
  await before.getByRole('button', { name: 'Make shares' }).click()
  const shares = before.getByRole('main').getByRole('listitem')
  await shares.first().waitFor()
  const [first = '', , third = ''] = await shares.allTextContents()
  const { page: shared } = await scene.browser()
  await joinShares(shared, [third, first], PASSPHRASE)
  await shared.getByText('No readings yet.').waitFor()
  t.pass('two of three shares bring the same account back')

  const { page: after } = await scene.browser()
  await recoverKeys(after, words, PASSPHRASE)
  await after.getByText('No readings yet.').waitFor()
  t.pass('registered already: the account is the same')

  await addAuthenticator(after)
  await after.getByRole('link', { name: 'Settings' }).click()
  await after.getByRole('button', { name: 'Set up a passkey' }).click()
  await after.getByText('The passkey opens your keys from now on.').waitFor()
  await after.getByRole('button', { name: 'Lock' }).click()
  await after.getByRole('button', { name: 'Unlock with passkey' }).click()
  await after.getByRole('heading', { name: 'Settings' }).waitFor()
  t.pass('a passkey opens the same keys')

  const second = await after.context().newPage()
  await second.goto(scene.hospital.endpoints.api)
  await second.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByRole('button', { name: 'Use this tab' }).click()
  await after.getByRole('heading', { name: 'Open in another tab' }).waitFor()
  await second.getByRole('heading', { name: 'Welcome back' }).waitFor()
  t.pass('one tab at a time uses the keys')
})
