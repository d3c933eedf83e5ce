// InvenSense RM-MPU-6000A-00 rev. 4.2 (MPU-6000 and MPU-6050 register map), §4; registers are named there by
// their decimal number.

export const Register = {
  /** Register 25, SMPLRT_DIV. */
  sampleRateDivider: 0x19,
  /** Register 26, CONFIG. */
  config: 0x1a,
  /** Register 28, ACCEL_CONFIG. */
  accelerometerConfig: 0x1c,
  /** Register 35, FIFO_EN: what goes into the FIFO. */
  fifoEnable: 0x23,
  /** Register 56, INT_ENABLE. */
  interruptEnable: 0x38,
  /** Register 58, INT_STATUS: reading it clears it. */
  interruptStatus: 0x3a,
  /** Register 106, USER_CTRL; PWR_MGMT_1 follows it. */
  userControl: 0x6a,
  /** Register 107, PWR_MGMT_1. */
  powerManagement1: 0x6b,
  /** Register 108, PWR_MGMT_2. */
  powerManagement2: 0x6c,
  /**
   * Registers 114 and 115, FIFO_COUNT: high byte first, and both are taken when the high one is read (§4.30).
   */
  fifoCount: 0x72,
  /** Register 116, FIFO_R_W: each byte read takes one out, however many one transfer reads (§4.31). */
  fifo: 0x74,
  /** Register 117, WHO_AM_I: the same whatever the level of AD0. */
  whoAmI: 0x75,
} as const

export const PART_NUMBER = 0x68

/**
 * Register 107: no SLEEP, no CYCLE, CLKSEL 0, the internal oscillator. A gyroscope's is steadier, but takes
 * seven times the current of the accelerometer; a mean over a second does not need it.
 */
export const AWAKE = 0x00
/** Register 108: STBY_XG, STBY_YG and STBY_ZG. */
export const GYROSCOPE_OFF = 0x07
/**
 * Register 26: DLPF_CFG 4, 21 Hz, which is below half of the sample rate; the filter runs at 1 kHz (§4.3).
 */
export const LOW_PASS_21_HZ = 0x04
/** Register 25: 1 kHz / (1 + 19) (§4.2). */
export const AT_50_HZ = 19
/** Register 28: AFS_SEL 1 (§4.5). */
export const RANGE_4_G = 0x08
/** Register 35: ACCEL_FIFO_EN (§4.6). */
export const ACCELEROMETER = 0x08
/** FIFO_OFLOW_EN of register 56, FIFO_OFLOW_INT of register 58. */
export const FIFO_OVERFLOW = 1 << 4

/** Register 106. */
export const UserControl = {
  fifoOff: 0x00,
  /** Clears itself; heeded only while the FIFO is off. */
  fifoReset: 0x04,
  fifoOn: 0x40,
} as const

/** Registers 59 to 64: x, y and z, 16 bits each, high byte first. */
export const FRAME_BYTES = 6
/** PS-MPU-6000A (MPU-6000 and MPU-6050 product specification) §7.17, FIFO. */
export const FIFO_BYTES = 1024
/** Five frames: a block read has at most 32 bytes. */
export const BLOCK_BYTES = 5 * FRAME_BYTES
