import { CodedError } from '@hygeia/protocol/errors'

export type SensorFault =
  /** Another chip answers at this address. */
  | { readonly code: 'WRONG_PART'; readonly want: number; readonly got: number }
  /** A sensor hub with the firmware of another variant: its reports have another layout. */
  | { readonly code: 'WRONG_FIRMWARE'; readonly version: string }
  /** A sensor hub that runs its bootloader or is resetting. */
  | { readonly code: 'WRONG_MODE'; readonly mode: number }
  /** A command that the hub answered with an error status, or, 0xfe, with "busy" each time. */
  | {
      readonly code: 'COMMAND_REFUSED'
      readonly family: number
      readonly index: number
      readonly status: number
    }
  /** A hub that lost its power and came back, unconfigured, between two reads. */
  | { readonly code: 'RESTARTED' }
  /** A chip that is set to tell of each conversion, and does not: its line is not connected. */
  | { readonly code: 'NO_INTERRUPT' }
  /** A conversion that was asked for is under way for longer than one can take. */
  | { readonly code: 'NO_CONVERSION' }
  /** A report that cannot be one: not its length, or an unknown state. */
  | { readonly code: 'BAD_REPORT'; readonly bytes: number; readonly state: number | undefined }
  /** An answer whose checksum is not that of its bytes: disturbed on the bus, or not from this kind of chip. */
  | { readonly code: 'BAD_CHECKSUM'; readonly want: number; readonly got: number }
  /** The hub cannot talk to its optical sensor. */
  | { readonly code: 'FRONT_END_LOST' }

/** A chip answers, but not as it should. */
export class SensorError extends CodedError<SensorFault> {}
