import type { UnixMs } from '@hygeia/protocol/units'
import type { ChainInfo, Head } from '../engine.ts'
import type { ChainFault } from '../errors.ts'
import type { RpcErrorObject } from '../json-rpc/fault.ts'
import type { ValidatorOptions } from './validator.ts'

/** What the worker is started with. */
export type WorkerStart = ValidatorOptions

/** From the engine to its worker. */
export type ToWorker =
  | {
      readonly kind: 'call'
      readonly id: number
      readonly method: string
      readonly params: readonly unknown[]
    }
  | { readonly kind: 'stop' }

export type LogLevelName = 'debug' | 'info' | 'warn' | 'error'

/** From the worker to its engine. */
export type FromWorker =
  | {
      readonly kind: 'started'
      readonly info: ChainInfo
      readonly rpcUrl: string
      readonly head: Head
      readonly nextBuildAt: UnixMs
    }
  /** It cannot start, for a reason that the one who started it can tell apart. */
  | { readonly kind: 'refused'; readonly message: string; readonly detail: ChainFault }
  | { readonly kind: 'head'; readonly head: Head; readonly nextBuildAt: UnixMs }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: RpcErrorObject }
  | { readonly kind: 'log'; readonly line: string }
