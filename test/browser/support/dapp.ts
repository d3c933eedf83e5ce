import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** As Chromium names public keys. */
function spkiHash(pem: string): string {
  const der = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('base64')
}

/** One person's browser: a profile of its own, which keeps keys and cache from one page to the next. */
export class PersonsBrowser {
  readonly context: BrowserContext
  /** What pages complained of: errors, and what the Content-Security-Policy refused. */
  readonly complaints: string[] = []

  private constructor(context: BrowserContext) {
    this.context = context
  }

  /** @param cas - hospitals' own authorities, PEM: trusted as if the browser knew them, service workers too */
  static async start(
    ...cas: readonly string[]
  ): Promise<{ readonly browser: PersonsBrowser; readonly end: () => Promise<void> }> {
    const profile = await mkdtemp(join(tmpdir(), 'hygeia-browser-'))
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: [...FLAGS, `--ignore-certificate-errors-spki-list=${cas.map(spkiHash).join(',')}`],
      viewport: { width: 768, height: 1024 },
    })
    context.setDefaultTimeout(60_000)
    const end = async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    }
    return { browser: new PersonsBrowser(context), end }
  }

  static async of(t: Test, ...cas: readonly string[]): Promise<PersonsBrowser> {
    const { browser, end } = await PersonsBrowser.start(...cas)
    t.teardown(end)
    return browser
  }

  /** The web app as the hospital serves it. @param base - HTTPS origin */
  async open(base: string): Promise<Page> {
    const page = await this.context.newPage()
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()))
    await page.goto(base)
    return page
  }
}
