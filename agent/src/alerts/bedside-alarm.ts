import { classOf } from '@hygeia/protocol/alarm/alarm'
import type { Clock } from '@hygeia/runtime/clock'
import type { GpioInput } from '../hal/gpio.ts'
import type { Hal } from '../hal/hal.ts'
import { sounding } from './alerts.ts'
import { Annunciator } from './annunciator.ts'
import type { AlertsConfig } from './config.ts'
import type { Episode } from './episodes.ts'
import { LIGHTS, type Light, SOUNDS } from './patterns.ts'

export interface BedsideAlarmDeps {
  readonly hal: Hal
  readonly clock: Clock
  /** The button beside the buzzer was pressed. */
  readonly onAcknowledge: () => void
}

const DEBOUNCE_MS = 30

/** Buzzer, light and button at the bed. */
export class BedsideAlarm {
  readonly #config: AlertsConfig
  readonly #deps: BedsideAlarmDeps
  readonly #buzzer: Annunciator | undefined
  readonly #led: Annunciator | undefined
  #button: GpioInput | undefined

  constructor(config: AlertsConfig, deps: BedsideAlarmDeps) {
    this.#config = config
    this.#deps = deps
    this.#buzzer = this.#annunciator(config.buzzer)
    this.#led = this.#annunciator(config.led)
  }

  /** Parts that are configured and cannot be had right now. */
  get away(): readonly ('buzzer' | 'led')[] {
    const parts = [['buzzer', this.#buzzer] as const, ['led', this.#led] as const]
    return parts.filter(([, part]) => part !== undefined && !part.isWorking).map(([name]) => name)
  }

  /** @throws {HalError} when the line of the button cannot be had */
  async open(): Promise<void> {
    await this.#buzzer?.open()
    await this.#led?.open()
    this.show([], false)
    const { acknowledge } = this.#config
    if (acknowledge === undefined) return
    const { line, isActiveLow } = acknowledge
    const gpio = await this.#deps.hal.gpio()
    this.#button = await gpio.input(line, { edge: 'rising', debounceMs: DEBOUNCE_MS, isActiveLow })
    this.#button.watch((level) => {
      if (level === 1) this.#deps.onAcknowledge()
    })
  }

  /** @param isHeldBack - less is recorded than is taken, because spool or disk are full or slow */
  show(active: readonly Episode[], isHeldBack: boolean): void {
    const loudest = sounding(active)
    this.#buzzer?.play(loudest === undefined ? undefined : SOUNDS[kindOf(loudest)])
    this.#led?.play(LIGHTS[lightOf(active, isHeldBack)])
  }

  async close(): Promise<void> {
    await this.#button?.close()
    await this.#buzzer?.close()
    await this.#led?.close()
  }

  #annunciator(output: AlertsConfig['buzzer']): Annunciator | undefined {
    if (output === undefined) return undefined
    const { hal, clock } = this.#deps
    const { line, isActiveLow } = output
    const open = async () => (await hal.gpio()).output(line, isActiveLow ? 1 : 0)
    return new Annunciator({ isActiveLow }, { clock, open })
  }
}

function kindOf({ cause, priority }: Episode) {
  return classOf(cause) === 'technical' ? 'technical' : priority
}

/** A light stays while the alarm is on, silent or not. */
function lightOf([gravest]: readonly Episode[], isHeldBack: boolean): Light {
  if (gravest !== undefined && classOf(gravest.cause) === 'clinical') return gravest.priority
  if (isHeldBack) return 'held-back'
  return gravest === undefined ? 'well' : kindOf(gravest)
}
