import type { Page } from 'playwright-core'

/** Enter a body weight by hand, from any page of a patient. */
export async function enterWeight(page: Page, kg: string): Promise<void> {
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByRole('link', { name: 'Enter by hand' }).click()
  await page.getByRole('button', { name: 'Weight', exact: true }).click()
  await page.getByLabel('Body weight').fill(kg)
  await page.getByRole('button', { name: 'Sign and keep' }).click()
}
