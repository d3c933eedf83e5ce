import type { Page } from 'playwright-core'

/** Go where a link of the page with open keys leads. @param path - after `#/` */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`location.hash = '#/${path}'`)
  await page.waitForURL(`**/#/${path}`)
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
}
