import { isDeepStrictEqual } from 'node:util'
import { AgentConfig } from '../config/config.ts'
import { defaultConfig, PACKAGED_STATE } from '../config/default-config.ts'
import { switchOnI2c } from '../setup/i2c.ts'
import type { Machine } from '../setup/machine.ts'
import { isYes, type Terminal } from '../setup/terminal.ts'
import { addressText, type NewChip, type Proposal, propose, type WrittenSensor } from './propose.ts'
import {
  absentOf,
  askForgotten,
  askMoved,
  type BusFindings,
  type ConfiguredChip,
  newChipsOf,
  type ScanDeps,
  scanBus,
  seenLeds,
} from './scan.ts'
import { absentText, changesText, foundText } from './table.ts'
import { wiringText } from './wiring.ts'

type Written = Readonly<Record<string, unknown>>

export interface SearchOptions {
  /** The configuration as it stands in its file, which was checked; undefined when there is none. */
  readonly written: Written | undefined
  readonly buses: readonly number[]
  /** Offer to switch I2C on where it is off. */
  readonly i2c: boolean
  /** One JSON document and nothing else. */
  readonly isJson: boolean
  readonly isWriting: boolean
  /** The wiring of everything, and not only of what does not answer. */
  readonly showsAll: boolean
}

export interface SearchDeps extends Omit<ScanDeps, 'terminal'> {
  readonly machine: Machine
  readonly terminal: Terminal
  /** Whether somebody is at the terminal to answer. */
  readonly isAsking: boolean
  readonly write: (config: Written) => Promise<void>
}

/**
 * Look for sensors, show what is there and how to wire what is not, and propose the configuration for it, which is
 * written after a yes only.
 *
 * A sensor of the configuration that does not answer stays in it unless somebody says otherwise: it may be unplugged.
 */
export async function searchSensors(
  options: SearchOptions,
  deps: SearchDeps,
  signal: AbortSignal,
): Promise<void> {
  const { written, isJson, isWriting, showsAll } = options
  const { terminal, machine, isAsking } = deps
  const config = written === undefined ? undefined : AgentConfig.parse(written)
  if (options.i2c && isAsking && options.buses.includes(HEADER_BUS)) await switchOnI2c(machine, terminal)
  const configured = config?.sensors ?? []
  const numbers = [...options.buses, ...configured.flatMap((one) => ('bus' in one ? one.bus : []))]
  const buses: BusFindings[] = []
  for (const bus of [...new Set(numbers)].sort((a, b) => a - b)) {
    buses.push(await scanBus(bus, configured, { ...deps, terminal: isAsking ? terminal : undefined }, signal))
  }
  const absent = absentOf(configured, buses)
  if (!isJson) {
    terminal.say(foundText(buses))
    if (absent.length > 0) terminal.say(`Configured, and not there:\n${absentText(absent)}`)
  }
  const chips = newChipsOf(buses)
  const moved = isAsking ? await askMoved(absent, chips, terminal) : new Map<ConfiguredChip, NewChip>()
  const away = absent.filter((one) => !moved.has(one))
  const gone = isAsking ? await askForgotten(away, terminal) : []
  const missing = away.filter((one) => !gone.includes(one))
  const taken = new Set(moved.values())
  // One that may be a sensor at another address is nobody's before somebody says so.
  const isDoubtful = ({ kind }: NewChip) => !isAsking && missing.some((one) => one.kind === kind)
  const { proposal, next, fault } = proposed(written, {
    gone,
    moved,
    leds: seenLeds(buses),
    chips: chips.filter((one) => !taken.has(one) && !isDoubtful(one)),
    doubtful: chips.filter(isDoubtful),
  })
  const isChanged = next !== undefined && !isDeepStrictEqual(next, written)

  if (isJson) {
    const isWritten = isWriting && isChanged && written !== undefined
    if (isWritten) await deps.write(next)
    const names = (sensors: readonly ConfiguredChip[]) => sensors.map(({ name }) => name)
    const { sensors, signals, leftOut } = proposal
    return terminal.say(
      JSON.stringify(
        {
          buses: buses.map((one) => ({
            ...one,
            findings: one.findings.map(({ sensor, ...rest }) => ({
              ...rest,
              ...(sensor === undefined ? {} : { sensor: sensor.name }),
            })),
          })),
          missing: names(missing),
          proposal: { sensors, signals },
          leftOut,
          isChanged,
          isWritten,
        },
        undefined,
        2,
      ),
    )
  }
  const shown = showsAll ? (next === undefined ? configured : AgentConfig.parse(next).sensors) : missing
  if (shown.length > 0) {
    terminal.say(
      `\nTo be wired, with the power off:\n${wiringText(shown, showsAll ? config?.alerts : undefined)}\n`,
    )
  }
  if (fault !== undefined) return terminal.say(`Sensors    nothing is proposed: ${fault}`)
  await offer(options, deps, { proposal, next: isChanged ? next : undefined })
}

const HEADER_BUS = 1

/** Say what would change, and write it where that is wanted. */
async function offer(
  { written, isWriting }: SearchOptions,
  { terminal, isAsking, write }: SearchDeps,
  { proposal, next }: { readonly proposal: Proposal; readonly next: Written | undefined },
): Promise<void> {
  const changes = changesText(sensorsOf(written), proposal)
  if (changes !== '') terminal.say(`Proposed:\n${changes}`)
  if (next === undefined) return terminal.say('Sensors    the configuration is as it should be')
  const { sensors, signals } = next
  terminal.say(JSON.stringify({ sensors, signals }, undefined, 2))
  if (written === undefined) {
    return terminal.say('Sensors    no configuration to write this to: sudo hygeia-agent setup makes one')
  }
  const isWanted = isWriting || (isAsking && (await isYes(terminal, 'Write this into the configuration?')))
  if (!isWanted) return terminal.say('Sensors    nothing was written: hygeia-agent scan --write does it')
  await write(next)
  terminal.say('Sensors    written; the agent takes it when it is started again')
}

interface Changes {
  readonly gone: readonly ConfiguredChip[]
  readonly moved: ReadonlyMap<ConfiguredChip, NewChip>
  readonly leds: ReadonlyMap<string, boolean>
  readonly chips: readonly NewChip[]
  readonly doubtful: readonly NewChip[]
}

/** @returns what is proposed, and the whole configuration with it; undefined when that would be none */
function proposed(
  written: Written | undefined,
  { gone, moved, leds, chips, doubtful }: Changes,
): { readonly proposal: Proposal; readonly next: Written | undefined; readonly fault?: string } {
  const names = new Set(gone.map(({ name }) => name))
  const addresses = new Map([...moved].map(([{ name }, { address }]) => [name, addressText(address)]))
  const kept = sensorsOf(written)
    .filter(({ name }) => !names.has(name))
    .map((one) => (addresses.has(one.name) ? { ...one, address: addresses.get(one.name) } : one))
    .map((one) => (leds.has(one.name) ? { ...one, areLedsSwapped: leds.get(one.name) } : one))
  const signals = signalsOf(written)
  const { leftOut, ...rest } = propose({ sensors: kept as readonly WrittenSensor[], signals }, chips)
  const proposal = { ...rest, leftOut: [...leftOut, ...doubtful] }
  const base = written ?? defaultConfig(PACKAGED_STATE)
  const hasSignals = signals.length > 0 || proposal.signals.length > 0
  const next = {
    ...base,
    sensors: proposal.sensors,
    ...(hasSignals ? { signals: proposal.signals } : {}),
  }
  const checked = AgentConfig.safeParse(next)
  if (checked.success) return { proposal, next }
  const [issue] = checked.error.issues
  const fault =
    proposal.sensors.length === 0 ? 'no sensor was found' : `${issue?.path.join('.')}: ${issue?.message}`
  return { proposal, next: undefined, fault }
}

/** The file was checked before: what is in it has this form. */
function sensorsOf(written: Written | undefined): readonly WrittenSensor[] {
  return (written?.sensors ?? []) as readonly WrittenSensor[]
}

function signalsOf(written: Written | undefined): Proposal['signals'] {
  return (written?.signals ?? []) as Proposal['signals']
}
