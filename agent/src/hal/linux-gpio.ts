import { join } from 'node:path'
import { errnoOf, HalError } from './errors.ts'
import type { Edge, GpioChip, Level } from './gpio.ts'
import { GPIO_ROOT, gpioBase } from './gpio-base.ts'
import { type GpioPackage, type Line, loadOnoff } from './onoff.ts'
import { watchValue } from './value-watch.ts'

export interface LinuxGpioOptions {
  /** Label of the GPIO chip, as in `/sys/class/gpio/gpiochip<n>/label`. */
  readonly label: string
  /** Where sysfs shows the chips. */
  readonly root?: string
}

/**
 * The lines of one GPIO chip by BCM number.
 *
 * @throws {HalError} `GPIO_CHIP_MISSING` when no chip has the label, `PACKAGE_MISSING` without the optional package
 */
export async function openLinuxGpio(
  { label, root = GPIO_ROOT }: LinuxGpioOptions,
  load: () => Promise<GpioPackage> = loadOnoff,
): Promise<GpioChip> {
  const { Gpio } = await load()
  const base = await gpioBase(label, root)
  const held = new Set<Line>()

  const told = async <T>(line: number, use: () => T | Promise<T>): Promise<T> => {
    try {
      return await use()
    } catch (cause) {
      const fault = { code: 'GPIO_FAULT', line, errno: errnoOf(cause) } as const
      throw new HalError(`GPIO ${line} cannot be used`, fault, { cause })
    }
  }
  const hold = (line: number, open: () => Line) =>
    told(line, () => {
      const opened = open()
      held.add(opened)
      return opened
    })
  const release = async (opened: Line) => {
    if (held.delete(opened)) opened.unexport()
  }

  return {
    async input(line, { edge, debounceMs, isActiveLow }) {
      const opened = await hold(line, () => new Gpio(base + line, 'in', edge, { activeLow: isActiveLow }))
      const value = join(root, `gpio${base + line}`, 'value')
      return {
        read: () => told(line, () => opened.read()),
        watch(onEdge) {
          const tell = (level: Level) => {
            if (isWanted(edge, level)) onEdge(level)
          }
          const onChange = () => {
            // A pulse may be over before it could be read.
            if (debounceMs === 0 && edge !== 'both') return onEdge(edge === 'rising' ? 1 : 0)
            // A line that cannot be read now has no level to tell; the next edge has.
            opened.read().then(tell, () => {})
          }
          return watchValue(value, debounceMs, onChange)
        },
        close: () => release(opened),
      }
    },
    async output(line, initial) {
      // `high` and `low` set level and direction in one step: the chip behind sees no glitch.
      const opened = await hold(line, () => new Gpio(base + line, initial === 1 ? 'high' : 'low'))
      return {
        write: (level) => told(line, () => opened.write(level)),
        close: () => release(opened),
      }
    },
    async close() {
      for (const opened of [...held]) await release(opened)
    },
  }
}

function isWanted(edge: Edge, level: Level): boolean {
  return edge === 'both' || (edge === 'rising') === (level === 1)
}
