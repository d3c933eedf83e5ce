import type { Page } from 'playwright-core'

/** As the first page asks. */
export type Person = 'A patient' | 'A physician' | 'Hospital staff'

/** Called with what is on the page, before it goes on. */
export type Watch = (what: string) => Promise<void>

/** Make keys as somebody does who has never been here: words, three of them again, a passphrase. @returns the words */
export async function makeKeys(page: Page, role: Person, passphrase: string, watch: Watch = async () => {}) {
  await page.getByRole('radio', { name: role }).check()
  await page.getByRole('button', { name: 'Make new keys' }).click()
  await page.getByRole('heading', { name: 'Write down your 24 words' }).waitFor()
  await watch('words')
  const words = await page.getByRole('listitem').allTextContents()
  await page.getByRole('button', { name: 'I have written them down' }).click()
  await watch('words-again')
  for (const field of await page.getByLabel(/^Word \d+$/).all()) {
    const name = (await page.locator(`label[for="${await field.getAttribute('id')}"]`).textContent()) ?? ''
    await field.fill(words[Number(/\d+/.exec(name)) - 1] ?? '')
  }
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('The same again').waitFor()
  await watch('passphrase')
  await choosePassphrase(page, passphrase)
  return words
}

/** Bring keys back from their words, in a browser that has none. */
export async function recoverKeys(page: Page, words: readonly string[], passphrase: string): Promise<void> {
  await page.getByRole('button', { name: 'I have my words or shares' }).click()
  await page.getByLabel('Your 24 words, in order').fill(words.join(' '))
  await page.getByRole('button', { name: 'Check them' }).click()
  await choosePassphrase(page, passphrase)
}

/** The same from shares. */
export async function joinShares(page: Page, shares: readonly string[], passphrase: string): Promise<void> {
  await page.getByRole('button', { name: 'I have my words or shares' }).click()
  await page.getByRole('button', { name: 'Shares', exact: true }).click()
  for (const [index, share] of shares.entries()) await page.getByLabel(`Share ${index + 1}`).fill(share)
  await page.getByRole('button', { name: 'Check them' }).click()
  await choosePassphrase(page, passphrase)
}

export async function unlockKeys(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel('Passphrase').fill(passphrase)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
}

async function choosePassphrase(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel('Passphrase').fill(passphrase)
  await page.getByLabel('The same again').fill(passphrase)
  await page.getByRole('button', { name: 'Keep my keys' }).click()
}
