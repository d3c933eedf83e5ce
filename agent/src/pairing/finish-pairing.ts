import { systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { type AgentConfig, pathsOf } from '../config/config.ts'
import { readPairing, writePairing } from '../hospital/pairing-record.ts'
import { readIdentity } from '../identity/device-key.ts'
import { synchronisationOf } from '../sampling/synchronised.ts'
import { lockState } from '../state-lock.ts'
import { PairingError } from './errors.ts'
import { pairWhenReached, readPending, removePending } from './pending.ts'

export interface FinishPairingDeps {
  readonly log: Logger
  /** Called now and then while it waits: there is nothing else yet that could show that the agent is alive. */
  readonly onAlive: () => void
}

const ALIVE_MS = 5_000

/** Pair with the enrolment that set-up left, if there is one; resolves at once when there is none. */
export async function finishPairing(
  config: AgentConfig,
  { log, onAlive }: FinishPairingDeps,
  signal: AbortSignal,
): Promise<void> {
  const paths = pathsOf(config)
  const enrolment = await readPending(paths.enrolment)
  if (enrolment === undefined) return
  using _ = await lockState(config.stateDir)
  // A cut between the two writes below leaves both.
  if ((await readPairing(paths.pairing)) !== undefined) return removePending(paths.enrolment)
  const { signer } = await readIdentity(paths.signingKey)
  onAlive()
  const beating = setInterval(onAlive, ALIVE_MS)
  try {
    log.info('pairing as soon as the hospital is reached')
    const record = await pairWhenReached(
      enrolment,
      {
        signer,
        clock: systemClock,
        isSynchronised: synchronisationOf(config.sampling.synchronisation),
        // The words belong on the patient's screen, not into a log.
        onProgress: ({ step }) => log.debug({ step }, 'pairing'),
        onWaiting: (code) => log.info({ code }, 'not paired yet'),
      },
      signal,
    )
    await writePairing(paths.pairing, record)
    await removePending(paths.enrolment)
    log.info('paired')
  } catch (cause) {
    // It can never be used again, and holds a secret.
    if (cause instanceof PairingError) await removePending(paths.enrolment)
    throw cause
  } finally {
    clearInterval(beating)
  }
}
