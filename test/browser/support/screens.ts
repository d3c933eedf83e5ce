import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { barriersOf } from './axe.ts'

/** A phone, a tablet and a screen on a ward, px. */
const SCREENS = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
] as const
const SCHEMES = ['light', 'dark'] as const
/** Charts are drawn anew for another width. */
const SETTLE_MS = 150

/** Folder that takes a picture of every page on every screen; without it, none is taken. */
const pictures = process.env.HYGEIA_PICTURES

/** What is wider than the page, which then moves sideways under a finger; one line each. */
const TOO_WIDE = `(() => {
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return []
  const isOutside = ({ left, right, width }) => width > 0 && (right > room + 1 || left < -1)
  return [...document.body.querySelectorAll('*')]
    .filter((one) => !one.matches('.skip') && isOutside(one.getBoundingClientRect()))
    .slice(0, 5)
    .map((one) => one.tagName + '.' + one.className + ' ' + JSON.stringify(one.getBoundingClientRect()))
})()`

/**
 * Look at a page on every screen, in light and in dark: nothing is cut off, and nobody is kept out.
 *
 * @param name - of its pictures, also
 */
export async function look(t: Test, page: Page, name: string): Promise<void> {
  const before = page.viewportSize()
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const screen of SCREENS) {
      await page.setViewportSize(screen)
      await page.waitForTimeout(SETTLE_MS)
      const shown = `${name}-${screen.width}-${colorScheme}`
      t.same(await page.evaluate(TOO_WIDE), [], `${shown}: nothing is cut off`)
      t.same(await barriersOf(page), [], `${shown}: nobody is kept out`)
      await picture(page, shown)
    }
  }
  if (before !== null) await page.setViewportSize(before)
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}

/** A page on paper, A4. @returns how many sheets it takes */
export async function sheetsOf(page: Page, name: string): Promise<number> {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: false })
  if (pictures !== undefined) {
    await mkdir(pictures, { recursive: true })
    await writeFile(join(pictures, `${name}.pdf`), pdf)
  }
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0
}
