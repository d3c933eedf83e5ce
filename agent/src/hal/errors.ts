import { getSystemErrorName } from 'node:util'
import { CodedError } from '@hygeia/protocol/errors'

export type HalFault =
  /** An optional package is not installed, or was built for another machine. */
  | { readonly code: 'PACKAGE_MISSING'; readonly package: string }
  /** The kernel offers no such bus, or does not let this user have it. */
  | { readonly code: 'BUS_UNAVAILABLE'; readonly bus: number; readonly errno: string }
  /** Nobody at this address acknowledged: unplugged, asleep or busy. */
  | { readonly code: 'NACK'; readonly bus: number; readonly address: number }
  /** A chip held the bus, or the controller gave up waiting. */
  | { readonly code: 'BUS_TIMEOUT'; readonly bus: number; readonly address: number }
  /** Fewer bytes came or went than were asked for. */
  | {
      readonly code: 'SHORT_TRANSFER'
      readonly bus: number
      readonly address: number
      readonly bytes: number
    }
  /** Any other error of the controller, by the name the kernel gives it. */
  | { readonly code: 'BUS_FAULT'; readonly bus: number; readonly address: number; readonly errno: string }
  /** No GPIO chip of this label; `found` are the labels that there are. */
  | { readonly code: 'GPIO_CHIP_MISSING'; readonly label: string; readonly found: readonly string[] }
  /** A line that cannot be had or used, by the name the kernel gives the reason. */
  | { readonly code: 'GPIO_FAULT'; readonly line: number; readonly errno: string }

/** Something between this process and a chip does not work. */
export class HalError extends CodedError<HalFault> {}

/** Name of the kernel's error (`ENXIO`) behind what a native package threw; `UNKNOWN` when it has none. */
export function errnoOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'UNKNOWN'
  if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') return cause.code
  // Addons know fewer names than Node: EREMOTEIO, a Raspberry Pi's word for no answer, comes as a number alone.
  if ('errno' in cause && typeof cause.errno === 'number') return getSystemErrorName(-Math.abs(cause.errno))
  return 'UNKNOWN'
}
