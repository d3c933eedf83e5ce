// Melexis 3901090614 (MLX90614 family datasheet), "EEPROM", "RAM" and "Commands": each address is a command,
// 000x xxxx for RAM and 001x xxxx for EEPROM, that reads one word.

export const Ram = {
  /** Temperature of the package, T_A. */
  ambient: 0x06,
  /** Temperature of what is in view, T_OBJ1. */
  object: 0x07,
} as const

export const Eeprom = {
  /** Address on the bus in the low byte; the high byte has no meaning. */
  address: 0x2e,
  /** ID number: four words, written by the factory. */
  id: [0x3c, 0x3d, 0x3e, 0x3f],
} as const

export const FACTORY_ADDRESS = 0x5a

/** What a blank word of the EEPROM reads as. */
export const BLANK = 0xffff

/** Of a temperature in RAM: it could not be calculated ("Commands"). */
export const ERROR_FLAG = 0x8000

/** The lowest temperature that the chip calculates, -70.01 °C ("Commands"). */
export const LOWEST_RESULT = 0x27ad

/**
 * From power-up until there is a result, in ms: 20 of power-on reset and 250 of measuring ("Electrical
 * specifications", T_por and T_valid; Linux waits 250, drivers/iio/temperature/mlx90614.c).
 */
export const FIRST_RESULT_MS = 270
