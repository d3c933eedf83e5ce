import { addressText, type Proposal, type WrittenSensor } from './propose.ts'
import { type BusFindings, type ConfiguredChip, type Finding, NAMES } from './scan.ts'

/** What was found on the buses, for whoever wired them. */
export function foundText(buses: readonly BusFindings[]): string {
  return buses.map(busText).join('\n')
}

function busText({ bus, state, findings, taken }: BusFindings): string {
  const head = `Bus ${bus} (/dev/i2c-${bus})`
  if (state === 'absent') return `${head}: not there, or not for this user (group i2c, or sudo)`
  if (state === 'stuck') {
    return `${head}: held by somebody, no transfer ends. Take the chips off one by one; SDA and SCL need 3.3 V.`
  }
  const rows = [
    ...findings.map((one) => [one.address, ...rowOf(one)] as const),
    ...taken.map((address) => [address, 'taken', 'a driver of the kernel has it'] as const),
  ].sort(([a], [b]) => a - b)
  if (rows.length === 0) return `${head}: nobody answers`
  return [
    head,
    ...rows.map(([address, what, more]) => `  ${addressText(address)}  ${what.padEnd(15)} ${more}`),
  ].join('\n')
}

function rowOf({ identity, sensor, chip }: Finding): readonly [what: string, more: string] {
  const isSure = identity.outcome === 'is'
  if (sensor !== undefined) {
    return [
      NAMES[sensor.kind],
      `${sensor.name}${isSure ? '' : ', by the configuration: it does not say itself'}`,
    ]
  }
  if (chip !== undefined)
    return [NAMES[chip.kind], isSure ? 'new' : 'new, as you say: it does not say itself']
  if (identity.outcome === 'stranger') {
    return ['unknown', identity.usually === undefined ? 'left alone' : `${identity.usually}? Left alone`]
  }
  if (identity.outcome === 'is') throw new Error('a chip that says who it is is new or configured')
  const kinds = identity.kinds.map((kind) => NAMES[kind]).join(' or ')
  const guess = identity.looksLike === undefined ? '' : `, more like ${NAMES[identity.looksLike]}`
  return [
    'unknown',
    `${kinds}? It has nothing that says who it is${guess}. Left out: scan at a terminal asks`,
  ]
}

/** Sensors that are configured and do not answer. */
export function absentText(absent: readonly ConfiguredChip[]): string {
  return absent
    .map(
      ({ name, kind, address }) =>
        `  ${addressText(address)}  ${NAMES[kind].padEnd(15)} ${name}: does not answer`,
    )
    .join('\n')
}

/** What the proposed configuration has that the written one had not, and the other way round. */
export function changesText(before: readonly WrittenSensor[], { sensors, leftOut }: Proposal): string {
  const had = new Set(before.map(({ name }) => name))
  const has = new Set(sensors.map(({ name }) => name))
  const lines = [
    ...sensors
      .filter(({ name }) => !had.has(name))
      .map(({ name, channels }) => `  + ${name}: ${channels.map(({ channel }) => channel).join(', ')}`),
    ...before.filter(({ name }) => !has.has(name)).map(({ name }) => `  - ${name}`),
    ...sensors.flatMap(({ name, ...one }) => {
      const was = before.find((other) => other.name === name)
      if (was === undefined || !('address' in was && 'address' in one) || was.address === one.address)
        return []
      return [`  ~ ${name}: from ${was.address} to ${one.address}`]
    }),
    ...leftOut.map(
      ({ kind, address, adc }) =>
        `  . ${NAMES[kind]} at ${addressText(address)} is left out: ${
          kind === 'ads1115' && adc === undefined
            ? 'nobody said what it is for'
            : 'what it measures has a source already, or it is that one at another address: scan at a terminal asks'
        }`,
    ),
  ]
  return lines.join('\n')
}
