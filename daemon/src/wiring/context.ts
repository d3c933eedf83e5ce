import type { Recover } from '@hygeia/protocol/signature'
import type { Clock } from '@hygeia/runtime/clock'
import type { ServiceStack } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import type { DaemonConfig } from '../config/config.ts'
import type { EngineEnvironment } from '../engines/engines.ts'
import type { HospitalKeys } from '../init/keys.ts'
import type { TlsFiles } from '../init/tls-files.ts'

/** What every part of the wiring is given. */
export interface Context {
  readonly config: DaemonConfig
  readonly keys: HospitalKeys
  readonly tls: TlsFiles
  readonly stack: ServiceStack
  readonly clock: Clock
  readonly recover: Recover
  readonly metrics: Registry
  /** Where engines are looked for. */
  readonly env: EngineEnvironment
  readonly log: Logger
  /** A part ended by itself. */
  readonly onFault: (cause: unknown) => void
}

/** Nothing is written while less than this is free on the disk. */
export const RESERVE_BYTES = 64 * 1_048_576
