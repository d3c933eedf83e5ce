import { HalError } from '../hal/errors.ts'
import type { I2cBus } from '../hal/i2c.ts'

/** Addresses of 7 bits that are not reserved (NXP UM10204 table 4). */
const FIRST = 0x08
const LAST = 0x77
/** A bus that does not come free for so many in a row is held by somebody: asking the rest would take minutes. */
const STUCK_AFTER = 3

export interface Probed {
  /** Somebody acknowledges. */
  readonly answering: readonly number[]
  /** A driver of the kernel has it, a clock's for example: it is not asked. */
  readonly taken: readonly number[]
  /** No transfer ends: clock or data are held low, or have no pull-up. */
  readonly isStuck: boolean
}

/**
 * Who is on a bus: one byte is read at each address, as `i2cdetect -r` does.
 *
 * Nothing is written, not even the empty write of a quick command, which an AT24RF08 takes for one with data
 * (i2cdetect(8), "-q"). A byte that is read may be one that a chip holds for its driver: whoever samples is stopped
 * before.
 *
 * @throws {HalError} `BUS_UNAVAILABLE`
 */
export async function probeBus(bus: I2cBus): Promise<Probed> {
  const answering: number[] = []
  const taken: number[] = []
  let timeouts = 0
  for (let address = FIRST; address <= LAST; address++) {
    try {
      await bus.device(address).read(1)
      answering.push(address)
      timeouts = 0
    } catch (cause) {
      if (!(cause instanceof HalError)) throw cause
      const { detail } = cause
      if (detail.code === 'BUS_FAULT' && detail.errno === 'EBUSY') taken.push(address)
      timeouts = detail.code === 'BUS_TIMEOUT' ? timeouts + 1 : 0
      if (timeouts === STUCK_AFTER) return { answering, taken, isStuck: true }
    }
  }
  return { answering, taken, isStuck: false }
}
