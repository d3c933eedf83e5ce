import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { builtDapp } from '../../support/built-dapp.ts'
import { AGENT, type DeviceConfig, DeviceProcess } from '../../support/device.ts'
import { HospitalProcess } from '../../support/hospital.ts'
import { steadyPorts } from '../../support/ports.ts'
import { runToEnd } from '../../support/process.ts'
import { testFolder } from '../../support/scene.ts'
import { PersonsBrowser } from './dapp.ts'
import type { Watch } from './first-run.ts'

/** A hospital that serves the web app as it is now, and browsers to open it in. */
export class BrowserScene {
  readonly #t: Test
  readonly dir: string
  readonly hospital: HospitalProcess

  private constructor(t: Test, dir: string, hospital: HospitalProcess) {
    this.#t = t
    this.dir = dir
    this.hospital = hospital
  }

  /** @param options.dapp - folder of a built web app; as it is now, unless told */
  static async open(t: Test, { dapp }: { readonly dapp?: string } = {}): Promise<BrowserScene> {
    const dir = await testFolder(t)
    const hospital = await HospitalProcess.init({
      dir: join(dir, 'hospital'),
      periodSec: 1,
      logLevel: 'warn',
      dapp: dapp ?? (await builtDapp()),
      // A browser finds it where it was.
      ports: await steadyPorts(),
      apiLimits: { perAddress: 100_000, chain: 100_000 },
    })
    t.teardown(() => hospital.kill())
    await hospital.start()
    return new BrowserScene(t, dir, hospital)
  }

  /** A browser that nobody has used before. */
  async browser(): Promise<{ readonly browser: PersonsBrowser; readonly page: Page }> {
    const browser = await PersonsBrowser.of(this.#t, await this.hospital.ca())
    return { browser, page: await browser.open(this.hospital.endpoints.api) }
  }

  /**
   * Pair a device on the page that shows its code, with a double click where one would do, and start it.
   *
   * @returns whether both sides showed the same six words
   */
  async pairDevice(page: Page, config: DeviceConfig, watch: Watch = async () => {}): Promise<boolean> {
    const device = await DeviceProcess.init(join(this.dir, 'device'), config)
    const enrolment = (await page.locator('[data-enrolment]').textContent()) ?? ''
    const paired = runToEnd(AGENT, ['pair', '--config', device.configFile, enrolment.trim()])
    const same = page.getByRole('button', { name: 'Yes, they are the same' })
    await same.waitFor()
    await watch('six-words')
    const words = await page
      .getByRole('listitem')
      .filter({ hasText: /^[a-z]+$/ })
      .allTextContents()
    await same.dblclick()
    const isSame = words.length === 6 && (await paired).includes(words.join(' '))
    await page.getByText('Your device is paired.').waitFor()
    await watch('paired')
    device.start()
    this.#t.teardown(() => device.process.kill())
    return isSame
  }
}
