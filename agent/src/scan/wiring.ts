import type { AgentConfig } from '../config/config.ts'
import { linesOfSensor, type SensorConfig } from '../sampling/config.ts'
import { drawHeader, PIN_OF_GPIO } from './header.ts'
import { addressText } from './propose.ts'

/** The bus that is on the header. */
const HEADER_BUS = 1
/** What a chip calls the pins that its configuration names lines for. */
const PIN_NAMES: Readonly<Record<string, string>> = {
  resetLine: 'RSTN',
  mfioLine: 'MFIO',
  readyLine: 'ALERT/RDY',
  interruptLine: 'INT',
  'leadOffLines.0': 'LO+',
  'leadOffLines.1': 'LO-',
  line: 'button',
}

/** How ADDR, or what else chooses the address, is to be wired; and what else there is to know of a chip. */
function notesOf(sensor: SensorConfig): readonly string[] {
  switch (sensor.kind) {
    case 'tmp117':
    case 'ads1115': {
      const pin = sensor.kind === 'tmp117' ? 'ADD0' : 'ADDR'
      const to = ['GND', '3V3', 'SDA', 'SCL'][sensor.address - 0x48]
      const address = to === undefined ? [] : [`${pin} to ${to} gives ${addressText(sensor.address)}`]
      return sensor.kind === 'ads1115' ? [...address, ...adcNotesOf(sensor)] : address
    }
    case 'lm75':
      return [
        `A2 A1 A0 = ${(sensor.address & 7).toString(2).padStart(3, '0')} gives ${addressText(sensor.address)}`,
      ]
    case 'mpu6050':
      return [`AD0 to ${sensor.address === 0x69 ? '3V3' : 'GND'} gives ${addressText(sensor.address)}`]
    case 'bme280':
      return [`SDO to ${sensor.address === 0x77 ? '3V3' : 'GND'} gives ${addressText(sensor.address)}`]
    case 'mlx90614':
      return ['the bus at 100 kHz or less, which is how a Raspberry Pi comes']
    case 'max32664':
      return ['the optical sensor is on its board: nothing of it goes to the Pi', 'silent while RSTN is low']
    case 'max30102':
      return ['INT is open drain: 10 kΩ to 3V3, where the board has none']
    case 'button':
      return sensor.isActiveLow
        ? [`its other side to GND, and 10 kΩ from the line to 3V3 (or gpio=${sensor.line}=pu in config.txt)`]
        : [`its other side to 3V3, and 10 kΩ from the line to GND (or gpio=${sensor.line}=pd in config.txt)`]
  }
}

function adcNotesOf(sensor: SensorConfig & { readonly kind: 'ads1115' }): readonly string[] {
  const { inputs = { [sensor.input]: sensor }, readyLine } = sensor
  const ready = readyLine === undefined ? [] : ['ALERT/RDY is open drain: 10 kΩ to 3V3']
  const fronts = Object.entries(inputs).map(([input, { frontEnd }]) =>
    frontEnd === 'ad8232'
      ? `AD8232: OUTPUT to ${input.toUpperCase()}, 3.3V to 3V3, GND to GND, SDN to 3V3`
      : `${input.toUpperCase()}: 0 to 3.3 V`,
  )
  return [...ready, ...fronts]
}

interface Lead {
  readonly what: string
  readonly pin: number
}

/**
 * How to wire `sensors`, and the lines of the alarms where there are any, as a list and as a picture of the header.
 *
 * @returns text, without a newline at its end
 */
export function wiringText(
  sensors: readonly SensorConfig[],
  alerts: AgentConfig['alerts'] | undefined,
): string {
  const uses = new Map<number, string[]>()
  const use = ({ what, pin }: Lead) => uses.set(pin, [...new Set([...(uses.get(pin) ?? []), what])])
  const list: string[] = []
  const lead = (what: string, line: number): string => {
    const pin = PIN_OF_GPIO.get(line)
    if (pin === undefined) return `${what} to GPIO ${line}, which is not on the header`
    use({ what, pin })
    return `${what} to GPIO${line} (pin ${pin})`
  }
  for (const sensor of sensors) {
    const isOnHeader = 'bus' in sensor && sensor.bus === HEADER_BUS
    if (isOnHeader) for (const one of BUS_LEADS) use(one)
    const bus = isOnHeader
      ? ['VIN to 3V3 (pin 1), GND to GND (pin 6), SDA to pin 3, SCL to pin 5']
      : 'bus' in sensor
        ? [`on bus ${sensor.bus}, which is not the one on the header`]
        : []
    const lines = Object.entries(linesOfSensor(sensor)).map(([field, line]) =>
      lead(sensor.kind === 'button' ? sensor.name : `${sensor.name} ${PIN_NAMES[field] ?? field}`, line),
    )
    const title = 'address' in sensor ? `${sensor.kind} at ${addressText(sensor.address)}` : sensor.kind
    list.push(
      `${sensor.name} (${title})`,
      ...[...bus, ...lines, ...notesOf(sensor)].map((line) => `  ${line}`),
    )
  }
  const named = { buzzer: alerts?.buzzer, LED: alerts?.led, acknowledge: alerts?.acknowledge }
  for (const [what, output] of Object.entries(named)) {
    if (output !== undefined) list.push(`  ${lead(what, output.line)}`)
  }
  return `${list.join('\n')}\n\n${drawHeader(uses)}`
}

const BUS_LEADS: readonly Lead[] = [
  { what: 'VIN', pin: 1 },
  { what: 'SDA', pin: 3 },
  { what: 'SCL', pin: 5 },
  { what: 'GND', pin: 6 },
]
