import { isDeepStrictEqual } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import { channelNamed } from '@hygeia/protocol/channel'
import type { BootId } from '@hygeia/protocol/ids'
import type { Sample } from '@hygeia/protocol/sample'
import { type MonotonicMs, SECOND_MS } from '@hygeia/protocol/units'
import { type Clock, systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { BedsideAlerts } from './alerts/bedside-alerts.ts'
import { ENTERED } from './alerts/config.ts'
import type { Clocks } from './batch/dating.ts'
import { type AgentConfig, channelsOf, pathsOf, windowsOf } from './config/config.ts'
import type { ControlAnswer, ControlRequest } from './control/request.ts'
import type { Hal } from './hal/hal.ts'
import { linuxHal } from './hal/linux-hal.ts'
import { configuredBy, type PipelineDocument } from './pipeline/document.ts'
import { Exchange } from './pipeline/exchange.ts'
import { writePipeline } from './pipeline/store.ts'
import { Swapping } from './pipeline/swapping.ts'
import { readBootId } from './sampling/boot-id.ts'
import { isOrderKnown } from './sampling/config.ts'
import { Sampler } from './sampling/sampler.ts'
import { buildSensors } from './sampling/sensors.ts'
import { synchronisationOf } from './sampling/synchronised.ts'
import { Thinning } from './sampling/thinning.ts'
import { Timebase } from './sampling/timebase.ts'
import { Signals } from './signals/signals.ts'
import { simulatedMachine } from './simulation/machine.ts'
import { begunSimulation } from './simulation-time.ts'
import type { RoomMessage, SamplingStatus, TakenMessage } from './workers/messages.ts'
import { SampleSender } from './workers/sample-sender.ts'

/** How often it is looked whether the clock was set. */
const TIMEBASE_MS = SECOND_MS
/** At some 100 bytes each. */
const SENDER_LIMIT = 32_768
/** Alerts that may wait beyond: some every second for a quarter of an hour. */
const SENDER_ALERT_RESERVE = 4_096
/** With no samples, windows still have to come to their end. */
const TICK_MS = SECOND_MS

/** Pins and time of a bed. */
export interface Machine {
  readonly hal: Hal
  readonly clock: Clock
  readonly boot: BootId
  readonly origin: MonotonicMs
  readonly endAt: MonotonicMs | undefined
  readonly hold: (() => Disposable) | undefined
}

export interface BedsideDeps {
  /** To the worker that delivers. */
  readonly port: MessagePort
  readonly log: Logger
  /** A part failed, and with it this whole worker. */
  readonly onFault: (cause: unknown) => void
  /** Samples that may wait for a disk that is slow: an ECG's for a minute and a half unless told. */
  readonly waitingLimit?: number
}

/** Everything from the chips to the samples: what runs in the sampling worker. */
export interface Bedside {
  /** Node-RED runs, or runs again, at the other end of this port. */
  connectEditor(port: MessagePort): void
  status(): SamplingStatus
  /** Somebody at this machine asks. */
  handle(request: ControlRequest): ControlAnswer
  stop(): Promise<void>
}

/** @throws {HalError} when a bus cannot be had @throws {SimulationError} when the recording cannot be played */
export async function startBedside(
  written: AgentConfig,
  pipeline: PipelineDocument,
  deps: BedsideDeps,
): Promise<Bedside> {
  const config = configuredBy(written, pipeline)
  const machine = await machineOf({ ...config, sensors: wiredSensors(written, config) })
  return bedsideAt(machine, config, pipeline, deps)
}

/** The same at a machine that is there: its pins are somebody else's to look at. */
export async function bedsideAt(
  machine: Machine,
  started: AgentConfig,
  pipeline: PipelineDocument,
  deps: BedsideDeps,
): Promise<Bedside> {
  let config = started
  const { port, log, onFault, waitingLimit = SENDER_LIMIT } = deps
  const { hal, clock, boot, origin, endAt, hold } = machine
  const sensors = await buildSensors(config.sensors, { hal, clock })
  const source = config.simulation === undefined ? config.sampling.synchronisation : 'assume'
  const timebase = new Timebase({ boot }, { clock, isSynchronised: synchronisationOf(source) })
  await timebase.check()

  const signalsOf = ({ signals }: Pick<AgentConfig, 'signals'>) =>
    new Signals(signals, { isOrderKnown: (infrared) => isOrderKnown(config.sensors, infrared) })
  let signals = signalsOf(config)
  const { queueLimit } = config.sampling
  const onChange = ({ name, state, fault }: SamplingStatus['sensors'][number]) =>
    log.info({ sensor: name, state, fault }, 'sensor')
  const onSamples = (added: readonly Sample[]) => sampler.add(added)
  const alerts = new BedsideAlerts(
    { ...config.alerts, channels: channelsOf(config) },
    { hal, clock, onSamples },
  )
  await alerts.open()
  const follow = (sample: Sample): readonly Sample[] => {
    const derived = signals.take(sample)
    const alarms = alerts.follow(sample)
    if (derived.length === 0) return alarms
    return [...alarms, ...derived, ...derived.flatMap((one) => alerts.follow(one))]
  }
  const samplerOf = (plans: typeof sensors) =>
    new Sampler({ origin, endAt, queueLimit }, { clock, sensors: plans, hold, follow, onChange })
  const sampler = new Swapping(samplerOf(sensors))
  const aheadMs = hold === undefined ? undefined : 2 * config.batch.journalMs
  const clocks = (): Clocks => ({
    ...timebase.current(),
    steps: timebase.steps,
    wallOffsetMs: Math.round(clock.now() - clock.monotonic()),
  })
  const sender = new SampleSender(
    { limit: waitingLimit, alertReserve: SENDER_ALERT_RESERVE, aheadMs },
    { port, clocks, hold },
  )
  const { priorities } = config.seal
  const thinning = new Thinning({ priorities, entered: new Set(ENTERED) })
  const holdBack = () => alerts.holdBack(thinning.step !== 'all' || !sender.hasRoom(false))
  port.on('message', (message: RoomMessage | TakenMessage) => {
    if (message.kind !== 'room') return
    log.warn({ recording: message.step }, 'what there is room to record')
    thinning.become(message.step)
    holdBack()
  })

  const exchange = new Exchange(pipeline, {
    clock,
    enter: (sample) => sampler.enter(sample),
    check: (document) => configuredBy(config, document),
    write: (document) => writePipeline(pathsOf(config).pipeline, document),
    swap: async (next) => {
      const derived = signalsOf(next)
      if (!isDeepStrictEqual(next.sensors, config.sensors)) {
        await sampler.swap(samplerOf(await buildSensors(next.sensors, { hal, clock })))
      }
      // What goes on is not begun anew: a heart rate needs seconds of an ECG.
      if (!isDeepStrictEqual(next.signals, config.signals)) signals = derived
      alerts.watch({ ...next.alerts, channels: channelsOf(next) })
      config = next
    },
    acknowledge: (alarm) => alerts.handle({ kind: 'acknowledge', alarm }),
    record: (document) => {
      const { batch, seal } = configuredBy(config, document)
      sender.record({ windowMs: windowsOf(batch), priorities: seal.priorities })
      thinning.retune(seal.priorities)
    },
    log: log.child({ part: 'pipeline' }),
  })

  const abort = new AbortController()
  const { signal } = abort
  const samples: Record<string, number> = {}
  let hasEnded = false
  const sampling = async () => {
    for await (const sample of sampler.samples(signal)) {
      if (!exchange.passes(sample)) continue
      // Where time can be held it waits for the other worker; a patient does not.
      const hasRoom = hold !== undefined || sender.hasRoom(channelNamed(sample.channel).category === 'alert')
      for (const recorded of thinning.take(sample, hasRoom)) {
        if (recorded === sample) samples[sample.channel] = (samples[sample.channel] ?? 0) + 1
        await sender.push(recorded, signal)
      }
    }
    if (signal.aborted) return
    hasEnded = true
    sender.end()
  }
  // Simulated time belongs to the samples; where it is real, somebody may look at it in between.
  const tick = () => {
    alerts.tick()
    holdBack()
    if (!hasEnded) sender.tick(Math.floor(clock.monotonic()) as MonotonicMs)
  }
  const ticking = hold === undefined ? setInterval(tick, TICK_MS) : undefined
  const watching = hold === undefined ? timebase.watch(TIMEBASE_MS, signal) : Promise.resolve()
  const guarded = (work: Promise<unknown>) =>
    work.catch((cause: unknown) => {
      if (!signal.aborted) onFault(cause)
    })
  const working = Promise.all([guarded(sampling()), guarded(watching)])

  return {
    connectEditor: (editor) => exchange.connect(editor),
    status: () => ({
      ...sampler.status(),
      ...alerts.status,
      doubtful: signals.doubtful,
      samples,
      notRecorded: thinning.notRecorded,
      isSynchronised: timebase.current().offsetMs !== undefined,
      atMonotonicMs: Math.round(clock.monotonic()),
      atUnixMs: Math.round(clock.now()),
      isHeldBack: sender.isHeldBack,
      endsAtMonotonicMs: endAt,
      hasEnded,
    }),
    handle: (request) => alerts.handle(request),
    async stop() {
      clearInterval(ticking)
      abort.abort()
      await working
      await alerts.close()
      await hal.close()
    },
  }
}

/** Simulated chips are those of the configuration and of what was deployed since. */
function wiredSensors(written: AgentConfig, config: AgentConfig): AgentConfig['sensors'] {
  const deployed = new Set(config.sensors.map(({ name }) => name))
  return [...config.sensors, ...written.sensors.filter(({ name }) => !deployed.has(name))]
}

async function machineOf(config: AgentConfig): Promise<Machine> {
  const { sensors, sampling, simulation } = config
  if (simulation !== undefined) {
    const begun = await begunSimulation(simulation, pathsOf(config).simulation)
    return simulatedMachine(sensors, begun.simulation, begun)
  }
  return {
    hal: linuxHal({ label: sampling.gpioChip }),
    clock: systemClock,
    boot: await readBootId(),
    origin: Math.ceil(systemClock.monotonic()) as MonotonicMs,
    endAt: undefined,
    hold: undefined,
  }
}
