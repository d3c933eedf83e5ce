import { systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { type AgentConfig, pathsOf } from './config/config.ts'
import type { DeliveryStatus } from './delivery.ts'
import { AgentError } from './errors.ts'
import { type AgentStatus, composeStatus } from './health/status.ts'
import { writeStatus } from './health/status-file.ts'
import { readPairing } from './hospital/pairing-record.ts'
import { readIdentity } from './identity/device-key.ts'
import { lockState } from './state-lock.ts'
import type { SamplingStatus, WorkerReport } from './workers/messages.ts'
import { Supervised } from './workers/supervised.ts'

export interface AgentDeps {
  readonly log: Logger
  /** Called once both workers are at work, and then as long as they are. */
  readonly onAlive?: (isFirst: boolean) => void
}

/** A worker that has not said anything for so long is not alive. */
const SILENT_MS = 10_000

/**
 * Run the agent until `signal` aborts, a part fails, or a simulated recording has been delivered to the end.
 *
 * This thread only supervises: chips are read in one worker; sealing, disk and network are in the other.
 *
 * @throws {AgentError} @throws {RuntimeError} when it cannot start; otherwise what a part failed with
 */
export async function runAgent(config: AgentConfig, { log, onAlive }: AgentDeps, signal: AbortSignal) {
  const paths = pathsOf(config)
  const { signer } = await readIdentity(paths.signingKey)
  const pairing = await readPairing(paths.pairing)
  if (pairing === undefined) {
    throw new AgentError('this device is not paired yet: run pair with an enrolment of the app', {
      code: 'NOT_PAIRED',
    })
  }
  if (pairing.device !== signer.address) {
    throw new AgentError('the signing key is not that of the paired device', { code: 'OTHER_KEY' })
  }
  const { kind, url } = config.uplink
  if ((url ?? pairing.hospitals[0]?.[kind]) === undefined) {
    throw new AgentError(`the hospital offers no ${kind}`, { code: 'NO_SUCH_UPLINK', kind })
  }
  using _ = await lockState(config.stateDir)

  const over = Promise.withResolvers<void>()
  const reports: { sampling?: SamplingStatus; delivery?: DeliveryStatus } = {}
  const heardAt = { sampling: Number.NEGATIVE_INFINITY, delivery: Number.NEGATIVE_INFINITY }
  let state: AgentStatus['state'] = 'starting'
  let isFinished = false
  const status = () =>
    composeStatus(
      {
        at: systemClock.now(),
        pid: process.pid,
        memoryMb: Math.round(process.memoryUsage.rss() / 1_048_576),
        state,
        device: signer.address,
        sampling: reports.sampling,
        delivery: reports.delivery,
      },
      config,
    )
  const onReport = (report: WorkerReport) => {
    if (report.kind === 'sampling' || report.kind === 'delivery') heardAt[report.kind] = performance.now()
    if (report.kind === 'sampling') reports.sampling = report.status
    if (report.kind === 'delivery') reports.delivery = report.status
    if (report.kind === 'finished') {
      isFinished = true
      state = 'finished'
      log.info('the recording is delivered')
      if (config.atRecordingEnd === 'leave') over.resolve()
    }
  }
  const onFault = (cause: unknown) => over.reject(cause)
  const stop = () => over.resolve()
  signal.addEventListener('abort', stop, { once: true })

  // A port each: the workers talk to one another without this thread.
  const { port1, port2 } = new MessageChannel()
  const entry = (name: string) => new URL(`./workers/${name}`, import.meta.url)
  const deps = { onReport, onFault }
  // Delivery first: a full spool must be able to drain before sampling adds to it.
  const delivery = new Supervised('delivery', entry('delivery.ts'), { config, port: port2 }, deps)
  const sampling = new Supervised('sampling', entry('sampling.ts'), { config, port: port1 }, deps)

  let isFirst = true
  let writing: Promise<void> = Promise.resolve()
  const write = () => {
    const current = status()
    writing = writing
      .then(() => writeStatus(paths.status, current))
      .catch((cause: unknown) => log.warn({ err: cause }, 'status not written'))
  }
  const beat = () => {
    const isAlive = Object.values(heardAt).every((at) => performance.now() - at < SILENT_MS)
    if (isAlive) {
      if (state === 'starting') state = 'running'
      onAlive?.(isFirst)
      isFirst = false
    }
    write()
  }
  const beating = setInterval(beat, config.status.everyMs)
  const faults: unknown[] = []
  if (signal.aborted) over.resolve()
  await over.promise.catch((cause: unknown) => faults.push(cause))

  clearInterval(beating)
  signal.removeEventListener('abort', stop)
  if (!isFinished) state = 'stopping'
  for (const worker of [sampling, delivery]) {
    await worker.stop().catch((cause: unknown) => faults.push(cause))
  }
  write()
  await writing
  if (faults.length > 0) throw faults[0]
}
