// TI SNOSD82D (TMP117 datasheet) §7.6, register map and field descriptions.

export const Register = {
  /** Result of the latest conversion. */
  temperature: 0x00,
  configuration: 0x01,
  deviceId: 0x0f,
} as const

/** DID[11:0] of the device ID register; the four bits above are the revision. */
export const PART_NUMBER = 0x117
export const PART_MASK = 0x0fff

/** Configuration register. */
export const Configuration = {
  /** Set at the end of a conversion, cleared by reading the result or the configuration. */
  dataReady: 1 << 13,
  /** What a write sets: MOD, CONV, AVG, T/nA, POL and DR/Alert. */
  settings: 0x0ffc,
  /**
   * Continuous (MOD 00), a conversion every 500 ms (CONV 011), each the mean of 8 (AVG 01): a sampler at 1 Hz
   * finds a new value each time, and the chip rests three quarters of the time instead of warming the skin
   * (§7.4.1; "Conversion cycle time" under the configuration register).
   */
  everyHalfSecond: 0x01a0,
} as const
