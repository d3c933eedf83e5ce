// Maxim 19-7740 rev. 1 (MAX30102), "Register Maps and Descriptions".

export const Register = {
  /** Reading it clears it, and lets go of INT. */
  interruptStatus1: 0x00,
  interruptEnable1: 0x02,
  interruptEnable2: 0x03,
  /** FIFO_WR_PTR; OVF_COUNTER and FIFO_RD_PTR follow it. */
  fifoWritePointer: 0x04,
  /** FIFO_DATA: the address stays here, however many bytes are read. */
  fifoData: 0x07,
  fifoConfig: 0x08,
  /** Mode configuration; SpO2 configuration follows it. */
  mode: 0x09,
  spo2Config: 0x0a,
  /** LED1_PA, by the datasheet the red one; LED2_PA, the infrared one, follows it. */
  ledCurrents: 0x0c,
  partId: 0xff,
} as const

export const PART_ID = 0x15

/** Bit 7 of interrupt status 1 and enable 1: the FIFO is about to be full. */
export const A_FULL = 0x80
/** Mode configuration. */
export const Mode = { reset: 0x40, spo2: 0x03 } as const
/** FIFO configuration: no averaging, FIFO_ROLLOVER_EN, FIFO_A_FULL 0xf, which tells at 17 unread samples. */
export const FIFO_TELLS_AT_17 = 0x1f
/** SpO2 configuration: SPO2_ADC_RGE 1, 4096 nA; SPO2_SR 1, 100 samples a second; LED_PW 3, 411 µs, 18 bits. */
export const SPO2_100_HZ_18_BITS = 0x27

export const FIFO_SAMPLES = 32
/** Three bytes for each of LED1 and LED2, high one first. */
export const SAMPLE_BYTES = 6
/** Five samples: a block read has at most 32 bytes. */
export const BLOCK_BYTES = 5 * SAMPLE_BYTES
/** 18 bits. */
export const FULL_SCALE = 0x3ffff

/** LED currents, in steps of 0.2 mA (table 8). */
export const Current = {
  /** 1 mA. */
  least: 5,
  /** 7 mA. */
  first: 35,
  /** 25 mA, half of what the chip can: skin under the LED all night stays cool. */
  most: 125,
} as const

/** LED currents of which 10 mA on the first LED is seen in a lit room, and the second is off. */
export const LED1_ALONE = Uint8Array.of(50, 0)
