// Bosch BST-BME280-DS002 (BME280 datasheet, rev. 1.6) §5.3, memory map, and §5.4, register description.

export const Register = {
  /** Trimming parameters, first part: calib00 to calib25. */
  calibrationLow: 0x88,
  id: 0xd0,
  reset: 0xe0,
  /** Trimming parameters, second part: calib26 to calib32. */
  calibrationHigh: 0xe1,
  /** The first of four: ctrl_hum, status, ctrl_meas, config. */
  controlHumidity: 0xf2,
  status: 0xf3,
  controlMeasurement: 0xf4,
  config: 0xf5,
  /**
   * Pressure, temperature and humidity, high byte first, of one measurement when read in one burst (§4.1).
   */
  data: 0xf7,
} as const

/** §5.4.1; a BMP280, which has no humidity, says 58h. */
export const PART_NUMBER = 0x60

/** §5.4.2: the same as a loss of power. */
export const SOFT_RESET = 0xb6

/** §5.4.4. */
export const Status = {
  /** The trimming parameters are being copied from non-volatile memory. */
  copying: 1 << 0,
} as const

export const CALIBRATION_LOW_BYTES = 26
export const CALIBRATION_HIGH_BYTES = 7
export const SETTINGS_BYTES = 4
export const DATA_BYTES = 8

/**
 * Every quantity once a cycle and no filter, as for "weather monitoring" (§3.5.1, table 7), but in normal
 * mode with 500 ms of rest: a sampler at 1 Hz finds a new value each time, and the chip does not warm itself.
 */
export const Settings = {
  /** osrs_h 001, ×1 (§5.4.3). */
  controlHumidity: 0x01,
  /** osrs_t 001, osrs_p 001, mode 11 (§5.4.5). */
  controlMeasurement: 0x27,
  /** t_sb 100, filter 000, spi3w_en 0 (§5.4.6). */
  config: 0x80,
} as const

/** The bits of ctrl_hum and config that are not reserved. */
export const SettingsMask = { controlHumidity: 0x07, config: 0xfd } as const

/** §1.1, table 1, start-up time: the longest from power or reset until the chip can be talked to. */
export const START_UP_MS = 2
