// Maxim UG6806 Rev 3 (MAX32664 user guide), table 6 unless said otherwise.

/** 7-bit address: 0xaa to write, 0xab to read. */
export const DEFAULT_ADDRESS = 0x55

/** Status byte before every answer, table 5. */
export const Status = { success: 0x00, tryAgain: 0xfe } as const

/** How long the hub needs between a command and its answer. */
export const COMMAND_DELAY_MS = 2

/** A host command: family and index byte, and how long to wait before its answer. */
export interface Command {
  readonly family: number
  readonly index: number
  readonly delayMs: number
}

const command = (family: number, index: number, delayMs = COMMAND_DELAY_MS): Command => ({
  family,
  index,
  delayMs,
})

export const Commands = {
  readHubStatus: command(0x00, 0x00),
  readMode: command(0x02, 0x00),
  setOutputMode: command(0x10, 0x00),
  setFifoThreshold: command(0x10, 0x01),
  readOutputMode: command(0x11, 0x00),
  countSamples: command(0x12, 0x00),
  readSamples: command(0x12, 0x01),
  /** The optical sensor of variant A, MAX30101 or MAX30102. */
  enableMax30101: command(0x44, 0x03, 40),
  setSpo2Coefficients: command(0x50, 0x02),
  enableAgc: command(0x52, 0x00, 20),
  enableMaximFast: command(0x52, 0x02, 40),
  readMcuType: command(0xff, 0x00),
  readHubVersion: command(0xff, 0x03),
} as const

/** Device mode of a hub that runs its application; 0x08 is the bootloader. */
export const APPLICATION_MODE = 0x00
/** MAX32660 and MAX32664; a MAX32625 says 0x00. */
export const MCU_TYPE = 0x01

/** Sensor hub status byte, table 7. */
export const HubStatus = { frontEndLost: 1 << 0, fifoOverflowed: 1 << 4 } as const

/** Algorithm data only, no raw light counts. */
export const OUTPUT_ALGORITHM = 0x02
/** Mode 1, the six-byte report. */
export const MAXIM_FAST_MODE_1 = 0x01
/** First write byte of the coefficients' command, UG7087 table 8 step 1.1. */
export const SPO2_COEFFICIENTS_ID = 0x0b

/** Bytes of one mode 1 report, UG7087 table 9 ("HR/SpO2 Algorithm, 6 bytes"). */
export const REPORT_BYTES = 6
/** The algorithm runs at 100 Hz (table 1), so that is how often a report is made. */
export const REPORT_PERIOD_MS = 10

/** "MAX32664 Application Mode" and figure 9, for variant A. */
export const Reset = { lowMs: 10, startMs: 1_000 } as const

/**
 * Whether firmware of this major version belongs to variant A; B has 20, C 30 to 33, D 40 (table 11 and
 * "RSTN pin and GPIOs"), and their reports have other layouts.
 */
export function isVariantA(major: number): boolean {
  return major < 20
}
