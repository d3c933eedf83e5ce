import type { Page } from 'playwright-core'
import { makeKeys } from './first-run.ts'
import type { BrowserScene } from './scene.ts'

const PASSPHRASE = 'four words and a comma'

/** Somebody of the hospital, in a browser of their own. */
export interface Colleague {
  readonly page: Page
  readonly account: string
  /** What pages complained of. */
  readonly complaints: readonly string[]
  /** What the hospital answered to this browser, bodies and all. */
  readonly heard: readonly string[]
  /** Where it asked, each once. */
  readonly asked: ReadonlySet<string>
}

/** Make keys as staff, and hand the account out. */
export async function newColleague(scene: BrowserScene): Promise<Colleague> {
  const { browser, page } = await scene.browser()
  const heard: string[] = []
  const asked = new Set<string>()
  browser.context.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (!pathname.startsWith('/v1/')) return
    asked.add(pathname)
    response.text().then(
      (text) => heard.push(text),
      // The page went on before it had come.
      () => {},
    )
  })
  await makeKeys(page, 'Hospital staff', PASSPHRASE)
  await page.getByRole('heading', { name: 'Ask to be let in' }).waitFor()
  const account = await page
    .getByText(/^0x[0-9a-f]{40}$/)
    .first()
    .textContent()
  return { page, account: account ?? '', complaints: browser.complaints, heard, asked }
}

/** What whoever runs the server does then; the page opens by itself. */
export async function list(
  scene: BrowserScene,
  { page, account }: Colleague,
  role: 'viewer' | 'operator',
): Promise<void> {
  await scene.hospital.command('staff', 'add', account, '--role', role)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}
