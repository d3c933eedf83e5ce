// TI SNIS153B (LM75B and LM75C datasheet), "Pointer register" to "T_HYST and T_OS registers";
// TI SLLS648D (TMP105 datasheet), "Pointer register" to "High and low limit registers".

export const Register = {
  /** Result of the latest conversion. */
  temperature: 0x00,
  /** One byte; all others are two, the high one first. */
  configuration: 0x01,
  /** T_OS of an LM75, T_HIGH of a TMP105: where the alarm output comes on. */
  alarmLimit: 0x03,
} as const

/** 9: every LM75 and what descends from it; 12: TMP105 and others with bits R1 and R0 in their configuration. */
export type ResolutionBits = 9 | 12

/**
 * Configuration register: converting all the time, alarm output as at power-up, except that it waits for six
 * results in a row (F1 and F0 both 1). Harmless, and not the all-zero value of power-up, so that a chip that
 * lost its power shows. R1 and R0 are both 1 for 12 bits; on an LM75 they must be 0.
 */
export const CONFIGURATION = { 9: 0x18, 12: 0x78 } as const

/**
 * 80.5 °C, half a degree above the 80 °C of power-up: what answers with it has a limit register of nine bits
 * or more at the right place.
 */
export const ALARM_LIMIT = 0x5080
/** The bits below are undefined on an LM75. */
export const ALARM_LIMIT_MASK = 0xff80

/**
 * Longest conversion in ms.
 *
 * 9 bits: SNIS153B, "Temperature-to-digital converter characteristics", 100 typically. 12 bits: 220 typically
 * (SLLS648D, "Converter resolution"), and nearly half as much again to be sure.
 */
export const CONVERSION_MS = { 9: 300, 12: 320 } as const
