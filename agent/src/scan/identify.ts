import type { Clock } from '@hygeia/runtime/clock'
import { POWER_UP_THRESHOLDS, READY_THRESHOLDS } from '../drivers/ads1115/registers.ts'
import { PART_NUMBER as BME280_ID, Register as Bme280 } from '../drivers/bme280/registers.ts'
import { SensorError } from '../drivers/errors.ts'
import { PART_ID as MAX30102_ID, Register as Max30102 } from '../drivers/max30102/registers.ts'
import { HubLink } from '../drivers/max32664/hub-link.ts'
import { Commands, MCU_TYPE } from '../drivers/max32664/registers.ts'
import { Mlx90614 } from '../drivers/mlx90614/driver.ts'
import { PART_NUMBER as MPU6050_ID, Register as Mpu6050 } from '../drivers/mpu6050/registers.ts'
import { swapped } from '../drivers/tmp117/convert.ts'
import { PART_MASK, PART_NUMBER as TMP117_ID, Register as Tmp117 } from '../drivers/tmp117/registers.ts'
import { HalError } from '../hal/errors.ts'
import type { I2cDevice } from '../hal/i2c.ts'
import type { SensorConfig } from '../sampling/config.ts'

export type ChipKind = Exclude<SensorConfig['kind'], 'button'>

/** What is known of whoever answers at an address. */
export type Identity =
  /** It says so itself. */
  | { readonly outcome: 'is'; readonly kind: ChipKind }
  /** These have nothing that says who they are: whoever wired it knows. */
  | { readonly outcome: 'unsure'; readonly kinds: readonly ChipKind[]; readonly looksLike?: ChipKind }
  /** Nothing that the agent has a driver for, as far as anybody can tell; `usually` is there often. */
  | { readonly outcome: 'stranger'; readonly usually?: string }

export interface IdentifyDeps {
  readonly device: I2cDevice
  readonly clock: Clock
  /** All that answer on this bus. */
  readonly answering: readonly number[]
}

interface Sign {
  readonly kind: ChipKind
  readonly addresses: readonly number[]
  readonly isThere: (deps: IdentifyDeps, signal: AbortSignal) => Promise<boolean>
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const LM75S = range(0x48, 0x4f)
const ADS1115S = range(0x48, 0x4b)
const SMALL_EEPROMS = [0x50, 0x51, 0x52, 0x53, 0x54, 0x56]

/** Chips that say who they are. Nothing is written to them but the number of the register that is read. */
const SIGNS: readonly Sign[] = [
  {
    kind: 'tmp117',
    addresses: range(0x48, 0x4b),
    isThere: async ({ device }) =>
      (swapped(await device.readWord(Tmp117.deviceId)) & PART_MASK) === TMP117_ID,
  },
  {
    kind: 'max30102',
    addresses: [0x57],
    isThere: async ({ device }) => (await device.readByte(Max30102.partId)) === MAX30102_ID,
  },
  {
    kind: 'mpu6050',
    addresses: [0x68, 0x69],
    isThere: async ({ device }) => (await device.readByte(Mpu6050.whoAmI)) === MPU6050_ID,
  },
  {
    kind: 'bme280',
    addresses: [0x76, 0x77],
    isThere: async ({ device }) => (await device.readByte(Bme280.id)) === BME280_ID,
  },
  {
    // Checksums over its address, its ID and its EEPROM: all six by chance are 2^-48. Its driver only reads.
    kind: 'mlx90614',
    addresses: [0x5a],
    isThere: ({ device, clock }) => new Mlx90614({ device, clock }).open().then(() => true),
  },
  {
    kind: 'max32664',
    addresses: [0x55],
    async isThere({ device, clock, answering }, signal) {
      // Its question is two bytes, which an EEPROM of 1 to 16 Kbit would take for a byte to keep. Of those that could
      // be at this address most answer at others, too.
      if (answering.some((address) => SMALL_EEPROMS.includes(address))) return false
      return (await new HubLink({ device, clock }).askByte(Commands.readMcuType, signal)) === MCU_TYPE
    },
  },
]

/** Who is usually at an address and is no sensor of ours. */
const USUALLY: Readonly<Record<number, string>> = {
  32: 'a port expander (PCF8574, MCP23017)',
  39: 'a character display',
  60: 'a small display (SSD1306)',
  63: 'a character display',
  80: 'an EEPROM',
  85: 'a fuel gauge (BQ27441)',
  87: 'the EEPROM of a clock board (24C32)',
  90: 'an MPR121, CCS811 or DRV2605',
  104: 'a clock (DS3231, DS1307)',
  105: 'an ICM-20948',
  118: 'a BMP280, which measures no humidity',
  119: 'a BMP280 or BMP180, which measure no humidity',
}

/**
 * Ask whoever answers for a sign of who it is.
 *
 * @throws {HalError} never for what one chip does: one that stops answering is a stranger
 */
export async function identify(deps: IdentifyDeps, signal: AbortSignal): Promise<Identity> {
  const { device } = deps
  const { address } = device
  for (const { kind, addresses, isThere } of SIGNS) {
    if (addresses.includes(address) && (await orNot(isThere(deps, signal)))) return { outcome: 'is', kind }
  }
  if (!LM75S.includes(address)) {
    const usually = USUALLY[address]
    return usually === undefined ? { outcome: 'stranger' } : { outcome: 'stranger', usually }
  }
  const kinds: ChipKind[] = ADS1115S.includes(address) ? ['lm75', 'ads1115'] : ['lm75']
  const likely = await look(device)
  const looksLike = likely !== undefined && kinds.includes(likely) ? likely : undefined
  return looksLike === undefined ? { outcome: 'unsure', kinds } : { outcome: 'unsure', kinds, looksLike }
}

/**
 * What registers 2 and 3 look like: an LM75 has 75 and 80 °C there after power-up (TI SNIS153B), an ADS1115 its
 * thresholds. No more than a guess: somebody may have set them.
 */
async function look(device: I2cDevice): Promise<ChipKind | undefined> {
  try {
    const low = swapped(await device.readWord(0x02))
    const high = swapped(await device.readWord(0x03))
    const isAds = [POWER_UP_THRESHOLDS, READY_THRESHOLDS].some((one) => one.low === low && one.high === high)
    if (isAds) return 'ads1115'
    return (low & 0xff80) === 0x4b00 && (high & 0xff00) === 0x5000 ? 'lm75' : undefined
  } catch (cause) {
    if (cause instanceof HalError) return undefined
    throw cause
  }
}

async function orNot(sign: Promise<boolean>): Promise<boolean> {
  try {
    return await sign
  } catch (cause) {
    if (cause instanceof HalError || cause instanceof SensorError) return false
    throw cause
  }
}
