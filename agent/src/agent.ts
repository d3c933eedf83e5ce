import { setTimeout as delay } from 'node:timers/promises'
import type { Address } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import { type AgentConfig, pathsOf } from './config/config.ts'
import { Forward } from './control/forward.ts'
import { ControlServer } from './control/server.ts'
import { AgentError } from './errors.ts'
import { Reporter } from './health/reporter.ts'
import type { SensorCount } from './health/standing.ts'
import { readPairing } from './hospital/pairing-record.ts'
import { readIdentity } from './identity/device-key.ts'
import { lastGoodPipeline } from './pipeline/store.ts'
import { lockState } from './state-lock.ts'
import { EditorKeeper } from './workers/editor-keeper.ts'
import { type WorkerName, workerEntry } from './workers/entry.ts'
import type { CoreStatus, SamplingStatus, WorkerReport } from './workers/messages.ts'
import { Supervised } from './workers/supervised.ts'

/** Without any sample somebody may want the editor to see why. */
const EDITOR_WAITS_MS = 10_000

export interface AgentDeps {
  readonly log: Logger
  /** Called once both workers are at work, and then as long as they are. */
  readonly onAlive: (isFirst: boolean) => void
}

/**
 * Run the agent until `signal` aborts, a part fails, or a simulated recording has been delivered to the end.
 *
 * This thread only supervises: chips are read in one worker; sealing, disk and network are in the other.
 *
 * @throws {AgentError} @throws {RuntimeError} when it cannot start; otherwise what a part failed with
 */
export async function runAgent(
  config: AgentConfig,
  { log, onAlive }: AgentDeps,
  signal: AbortSignal,
): Promise<void> {
  const device = await pairedDevice(config)
  using _ = await lockState(config.stateDir)
  const { seal, status } = config
  const pipeline = await lastGoodPipeline(pathsOf(config).pipeline, config, { log })
  const reporter = new Reporter({ seal, status, device, path: pathsOf(config).status }, { log, onAlive })

  let snapshot: CoreStatus = { sampling: undefined, delivery: undefined }
  const over = Promise.withResolvers<void>()
  const sampled = Promise.withResolvers<void>()
  const onFault = (cause: unknown) => over.reject(cause)
  const onReport = (report: WorkerReport) => {
    if (report.kind === 'sampling') {
      reporter.sampling(report.status)
      // The patient first: until it takes them, samples wait in the port between the two.
      delivery ??= start('delivery', port1)
      delivery.tell({ kind: 'sensors', count: countSensors(report.status) })
      snapshot = { ...snapshot, sampling: report.status }
      if (Object.keys(report.status.samples).length > 0) sampled.resolve()
    }
    if (report.kind === 'control') forward.answered(report.number, report.answer)
    if (report.kind === 'delivery') {
      reporter.delivery(report.status)
      snapshot = { ...snapshot, delivery: report.status }
    }
    editor.tell(snapshot)
    if (report.kind === 'finished') {
      reporter.finished()
      log.info('the recording is delivered')
      if (config.atRecordingEnd === 'leave') over.resolve()
    }
  }
  const onAbort = () => over.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) over.resolve()

  // The workers talk to one another without this thread in between.
  const { port1, port2 } = new MessageChannel()
  const start = (name: Exclude<WorkerName, 'editor'>, port: typeof port1) =>
    new Supervised(
      name,
      workerEntry(name, import.meta.url),
      { config, pipeline, port },
      { onReport, onFault },
    )
  let delivery: Supervised | undefined
  const sampling = start('sampling', port2)
  const editor = new EditorKeeper(config, pipeline, {
    entry: workerEntry('editor', import.meta.url),
    log: log.child({ part: 'editor' }),
    onPort: (port) => sampling.tell({ kind: 'editor', port }, [port]),
  })
  // Last of all: what Node-RED loads at its start takes one core for seconds.
  const editorStarts = Promise.race([
    sampled.promise,
    delay(EDITOR_WAITS_MS, undefined, { ref: false }),
  ]).then(() => editor.start())
  editorStarts.catch(onFault)

  const forward = new Forward({
    send: (number, request) => sampling.tell({ kind: 'control', number, request }),
  })
  const control = new ControlServer(
    { path: pathsOf(config).control },
    { handle: (request) => forward.ask(request), log: log.child({ part: 'control' }) },
  )
  // Without it nobody here can ask; the patient is watched all the same.
  await control.start().catch((err: unknown) => log.warn({ err }, 'no socket for commands'))

  const faults: unknown[] = []
  const note = (cause: unknown) => void faults.push(cause)
  await over.promise.catch(note)
  signal.removeEventListener('abort', onAbort)
  reporter.stopping()
  await control.stop()
  await editor.stop()
  await sampling.stop().catch(note)
  // Begun by what sampling says, to its very end.
  await delivery?.stop().catch(note)
  await reporter.close()
  if (faults.length > 0) throw faults[0]
}

function countSensors({ sensors }: SamplingStatus): SensorCount {
  const away = sensors.filter(({ state }) => state === 'away').length
  return { configured: sensors.length, away }
}

/** @throws {AgentError} `NOT_PAIRED`, `OTHER_KEY` or `NO_SUCH_UPLINK` @throws {RuntimeError} */
async function pairedDevice(config: AgentConfig): Promise<Address> {
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
  if (url === undefined && pairing.hospitals.every((hospital) => hospital[kind] === undefined)) {
    throw new AgentError(`the hospital offers no ${kind}`, { code: 'NO_SUCH_UPLINK', kind })
  }
  return signer.address
}
