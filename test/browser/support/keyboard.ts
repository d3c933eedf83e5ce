import type { Locator, Page } from 'playwright-core'

/** More than any page has. */
const STOPS = 120

/** Go to something with the Tab key alone, as who has no pointer does. @throws {Error} when it is not on the way */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab')
    if ((await wanted.and(page.locator(':focus')).count()) === 1) return
  }
  throw new Error(`not reached with ${STOPS} times Tab`)
}
