import { ALARM_PRIORITIES, type AlarmPriority, causeName, classOf } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import { BREATHES, CONSCIOUSNESS } from '@hygeia/protocol/news2/observations'
import { scoreText } from '@hygeia/protocol/news2/score'
import type { Reading, Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { ControlAnswer, ControlRequest, Entry } from '../control/request.ts'
import type { Hal } from '../hal/hal.ts'
import { Alerts, type AlertsOptions } from './alerts.ts'
import { BedsideAlarm } from './bedside-alarm.ts'
import type { AlertsConfig } from './config.ts'

export interface BedsideAlertsDeps {
  readonly hal: Hal
  readonly clock: Clock
  /** Samples that no sensor took: alarms by the passing of time, and what somebody entered. */
  readonly onSamples: (samples: readonly Sample[]) => void
}

/** What is watched and told at the bed: samples in, alarms out, and buzzer, light and people between. */
export class BedsideAlerts {
  readonly #deps: BedsideAlertsDeps
  readonly #alerts: Alerts
  readonly #alarm: BedsideAlarm
  #isHeldBack = false

  constructor(options: AlertsOptions & AlertsConfig, deps: BedsideAlertsDeps) {
    this.#deps = deps
    this.#alerts = new Alerts(options)
    const { hal, clock } = deps
    const onAcknowledge = () => void this.#acknowledge(undefined)
    this.#alarm = new BedsideAlarm(options, { hal, clock, onAcknowledge })
  }

  get status(): {
    readonly alarms: Readonly<Record<AlarmPriority, number>>
    readonly alarmAway: readonly string[]
  } {
    const { active } = this.#alerts
    const count = (wanted: AlarmPriority) => active.filter(({ priority }) => priority === wanted).length
    const alarms = Object.fromEntries(ALARM_PRIORITIES.map((one) => [one, count(one)]))
    return { alarms: alarms as Record<AlarmPriority, number>, alarmAway: this.#alarm.away }
  }

  /** @throws {HalError} when the line of the button cannot be had */
  open(): Promise<void> {
    return this.#alarm.open()
  }

  /** @returns what follows from `sample` */
  follow(sample: Sample): readonly Sample[] {
    const following = this.#alerts.take(sample)
    if (following.length > 0) this.#show()
    return following
  }

  /** Something else is watched from now on. */
  watch(options: AlertsOptions): void {
    this.#alerts.watch(options, this.#deps.clock.monotonic())
  }

  /** Time passes, samples or not. */
  tick(): void {
    const following = this.#alerts.advance(this.#deps.clock.monotonic())
    if (following.length === 0) return
    this.#deps.onSamples(following)
    this.#show()
  }

  /** @param isHeldBack - less is recorded than is taken */
  holdBack(isHeldBack: boolean): void {
    if (isHeldBack === this.#isHeldBack) return
    this.#isHeldBack = isHeldBack
    this.#show()
  }

  handle(request: ControlRequest): ControlAnswer {
    switch (request.kind) {
      case 'enter':
        return this.#enter(request.entry)
      case 'acknowledge':
        return this.#acknowledge(request.alarm)
      case 'alarms':
        return this.#view()
    }
  }

  close(): Promise<void> {
    return this.#alarm.close()
  }

  #show(): void {
    this.#alarm.show(this.#alerts.active, this.#isHeldBack)
  }

  #enter(entry: Entry): ControlAnswer {
    const at = Math.floor(this.#deps.clock.monotonic()) as MonotonicMs
    const samples = readingsOf(entry).map(([name, reading]) => toSample(channelNamed(name), at, reading))
    this.#deps.onSamples([...samples, ...samples.flatMap((sample) => this.follow(sample))])
    return { ok: true, kind: 'entered' }
  }

  #acknowledge(name: string | undefined): ControlAnswer {
    const { silenced, samples } = this.#alerts.acknowledge(this.#deps.clock.monotonic(), name)
    if (name !== undefined && silenced.length === 0) {
      return { ok: false, fault: 'NO_SUCH_ALARM', message: `no alarm named ${name} is on` }
    }
    if (samples.length > 0) this.#deps.onSamples(samples)
    this.#show()
    return { ok: true, kind: 'acknowledged', silenced }
  }

  #view(): ControlAnswer {
    const now = this.#deps.clock.monotonic()
    const { active, score } = this.#alerts
    const alarms = active.map(({ cause, priority, since, silentUntil }) => ({
      name: causeName(cause),
      priority,
      isTechnical: classOf(cause) === 'technical',
      forMs: Math.round(now - since),
      silentForMs: silentUntil === undefined ? undefined : Math.round(silentUntil - now),
    }))
    const news2 =
      score === undefined ? undefined : { text: scoreText(score), risk: score.risk, points: score.points }
    return { ok: true, kind: 'alarms', view: { alarms, news2 } }
  }
}

function readingsOf({
  systolic,
  diastolic,
  consciousness,
  oxygen,
}: Entry): readonly (readonly [string, Reading])[] {
  const values = [
    ['systolic', systolic],
    ['diastolic', diastolic],
    ['consciousness', consciousness === undefined ? undefined : CONSCIOUSNESS.indexOf(consciousness)],
    ['oxygen', oxygen === undefined ? undefined : BREATHES.indexOf(oxygen)],
  ] as const
  return values.flatMap(([name, value]) => (value === undefined ? [] : [[name, { value }] as const]))
}
