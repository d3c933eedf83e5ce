import { builtDapp } from '@hygeia/test/built-dapp'
import type { BrowserContext, Page } from 'playwright-core'
import { PersonsBrowser } from '../../test/browser/support/dapp.ts'
import { recoverKeys } from '../../test/browser/support/first-run.ts'
import type { Shared } from '../report/programs.ts'
import { step } from '../report/step.ts'
import { Ward } from '../ward/ward.ts'
import { watchPages } from './page.ts'
import { admitResident, type Resident } from './resident.ts'

export const PASSPHRASE = 'four words and a comma'

/** A browser that is watched. */
export interface Visitor extends AsyncDisposable {
  readonly context: BrowserContext
  open(path?: string): Promise<Page>
}

/** A hospital that serves the web app as it is now, somebody with a week of data there, and their browser. */
export class DappBench implements Shared {
  /** Ends whatever runs. */
  signal: AbortSignal = AbortSignal.any([])
  #ward: Promise<Ward> | undefined
  #resident: Promise<Resident> | undefined
  #home: Promise<{ readonly visitor: Visitor; readonly page: Page }> | undefined

  ward(): Promise<Ward> {
    this.#ward ??= step('a hospital with the web app', async () => Ward.open({ dapp: await builtDapp() }))
    return this.#ward
  }

  async resident(): Promise<Resident> {
    const ward = await this.ward()
    this.#resident ??= step('a patient, and a week of four channels at 1 Hz', (tell) =>
      admitResident(ward, tell),
    )
    return this.#resident
  }

  /** A browser that nobody has used before. */
  async visitor(options: Parameters<typeof PersonsBrowser.start>[1] = {}): Promise<Visitor> {
    const { hospital } = await this.ward()
    const { browser, end } = await PersonsBrowser.start(await hospital.ca(), options)
    await watchPages(browser.context)
    return {
      context: browser.context,
      open: (path = '/') => browser.open(hospital.endpoints.api + path),
      [Symbol.asyncDispose]: end,
    }
  }

  /** The resident's own browser, in which nothing was opened before, at the charts of the last day. */
  home(): Promise<{ readonly visitor: Visitor; readonly page: Page }> {
    this.#home ??= this.#moveIn()
    return this.#home
  }

  async #moveIn() {
    const { words } = await this.resident()
    const visitor = await this.visitor()
    const page = await visitor.open('/#/charts')
    await recoverKeys(page, words.split(' '), PASSPHRASE)
    return { visitor, page }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const home = await this.#home?.catch(() => undefined)
    await home?.visitor[Symbol.asyncDispose]()
    const ward = await this.#ward?.catch(() => undefined)
    await ward?.[Symbol.asyncDispose]()
  }
}
