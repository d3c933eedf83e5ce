import { parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import { AgentConfig, pathsOf } from '../../src/config/config.ts'
import { readPairing, writePairing } from '../../src/hospital/pairing-record.ts'
import { readIdentity } from '../../src/identity/device-key.ts'
import { PairingError } from '../../src/pairing/errors.ts'
import { type PairingProgress, pair } from '../../src/pairing/pair.ts'
import { lockState } from '../../src/state-lock.ts'

export interface PairOptions {
  /** File of the configuration. */
  readonly config: string
  /** The clock of this device is not right yet. */
  readonly ignoreDates?: boolean
}

/** Pair with the patient whose app made the enrolment `text`, and say how far that is. @throws {PairingError} */
export async function pairDevice(text: string, options: PairOptions, signal: AbortSignal): Promise<void> {
  const config = await readConfig(options.config, AgentConfig)
  const paths = pathsOf(config)
  const { signer } = await readIdentity(paths.signingKey)
  using _ = await lockState(config.stateDir)
  if ((await readPairing(paths.pairing)) !== undefined) {
    throw new PairingError(
      'this device has a patient already; for another one, init another state directory',
      { code: 'ALREADY_PAIRED' },
    )
  }
  const enrolment = parseEnrolment(text)
  const ignoresDates = options.ignoreDates ?? false
  const onProgress = (progress: PairingProgress) => console.log(progressText(progress))
  const record = await pair({ enrolment, ignoresDates }, { signer, clock: systemClock, onProgress }, signal)
  await writePairing(paths.pairing, record)
  console.log(`paired: ${record.labelKeys.keys.length} label keys, serial ${record.labelKeys.serial}`)
}

function progressText(progress: PairingProgress): string {
  switch (progress.step) {
    case 'hospital':
      return `asking ${progress.api}`
    case 'mailbox':
      return 'leaving the offer of this device'
    case 'words':
      return `words: ${progress.words.join(' ')}\nThe app must show the same six words; confirm them there.`
    case 'waiting':
      return `waiting for the patient (${Math.max(0, Math.round(progress.leftMs / 1_000))} s left)`
  }
}
