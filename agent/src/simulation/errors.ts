import { CodedError } from '@hygeia/protocol/errors'

export type SimulationFault =
  /** A recording without the column asked for. */
  | { readonly code: 'COLUMN_MISSING'; readonly column: string; readonly found: readonly string[] }
  /** A line of a recording that does not parse; lines count from 1. */
  | { readonly code: 'RECORDING_MALFORMED'; readonly line: number }

export class SimulationError extends CodedError<SimulationFault> {}
