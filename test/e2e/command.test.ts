import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { addressOf } from '@hygeia/protocol/ids'
import { MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { HYGEIA, Hygeia } from '../support/hygeia.ts'
import { ledgerOf, noisyBedside } from '../support/noisy-bedside.ts'
import { steadyPorts } from '../support/ports.ts'
import { outcomeOf } from '../support/process.ts'
import { countReadings, nameOfReading, type Reading, readLedger } from '../support/readings.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'

/** Rows of the recording, a second each; one of them without a saturation. */
const SECONDS = 240
const GAP = 100
/** Heart rate, saturation, temperature. */
const READINGS = 3 * SECONDS

/** The log is anchored every 15 s. */
const AUDIT_LOOK_MS = 3_000

t.setTimeout(360_000)

t.test('patient and physician do everything by command, and anyone verifies what was stored', async (t) => {
  const dir = await testFolder(t)
  const hospital = await HospitalProcess.init({
    dir: join(dir, 'hospital'),
    periodSec: 1,
    logLevel: 'warn',
    ports: await steadyPorts(),
  })
  hospital.launch()
  t.teardown(() => hospital.kill())
  await hospital.ready()
  const patient = await Hygeia.at(join(dir, 'patient'), hospital)
  const physician = await Hygeia.at(join(dir, 'physician'), hospital)

  await Promise.all([patient.results('patient', 'new'), physician.results('physician', 'new')])
  const [[registered], [applied]] = await Promise.all([
    patient.results('patient', 'register'),
    physician.results('physician', 'register'),
  ])
  t.equal(registered?.isNew, true)
  t.equal(applied?.status, 'registered', 'a physician waits for admission')
  const account = addressOf(String(applied?.physician))
  await hospital.admit(account)

  const bedside = join(dir, 'device')
  const start = (Math.floor(Date.now() / SECOND_MS) * SECOND_MS - 10 * MINUTE_MS) as UnixMs
  const file = join(dir, 'recording.csv')
  await writeFile(file, recording())
  const noisy = noisyBedside({ dir: bedside, kind: 'mqtt', start, speed: 40 })
  const config = {
    ...noisy,
    simulation: { ...noisy.simulation, source: { kind: 'recording' as const, file } },
  }
  const device = await DeviceProcess.init(bedside, config)
  const words = await patient.pair(device)
  t.match(words.shown, /^[a-z]+( [a-z]+){5}$/)
  t.equal(words.device, words.shown, 'both sides of a pairing show the same six words')
  device.start()
  t.teardown(() => device.process.kill())
  await device.delivered(60_000)
  const status = await device.status()
  if (status === undefined) throw new Error('the agent said nothing')
  const counted = countReadings(await readLedger(ledgerOf(bedside)), status.device, config)
  t.equal(counted.length, READINGS)

  const refused = await physician.run('physician', 'open', '--from', '-1h')
  t.match(refused, { code: 1, stderr: /^hygeia: .*granted/ }, 'nothing opens without a grant')
  const [granted] = await patient.results(
    'patient',
    'grant',
    account,
    '--from',
    '-1h',
    '--to',
    '+1h',
    '--yes',
  )
  const [key] = await physician.results('physician', 'key')
  t.equal(granted?.fingerprint, key?.fingerprint, 'the patient granted to the key that the physician has')

  const table = await physician.run('physician', 'open', '--from', '-1h')
  t.match(table, { code: 0, stdout: /^time \(UTC\) +pulse \/min +spo2 % +skin-temperature Cel\n/ })
  t.match(table.stdout, /1 ambiguous/, 'what is missing is missing, with its reason')

  const csv = join(dir, 'readings.csv')
  const written = await physician.run('physician', 'open', '--from', '-1h', '--format', 'csv', '-o', csv)
  t.match(written, { code: 0, stderr: new RegExp(`${READINGS} readings in`) })
  const values = readCsv(await readFile(csv, 'utf8'))
  t.equal(values.size, READINGS)
  t.same(
    counted.filter(({ name, value }) => values.get(name) !== value),
    [],
    'CSV has what the chips said, reading by reading',
  )

  const fhir = await physician.run('physician', 'open', '--from', '-1h', '--format', 'fhir')
  const { entry } = JSON.parse(fhir.stdout)
  const kinds = entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType)
  t.equal(
    kinds.filter((kind: string) => kind === 'Observation').length,
    READINGS,
    'FHIR has an Observation for each',
  )

  const batches = await physician.results('physician', 'open', '--from', '-1h')
  const cid = String(batches[0]?.cid)
  const record = join(dir, 'record.json')
  await physician.results('physician', 'record', cid, '-o', record)
  const anyone = ['--dir', join(dir, 'anyone'), '--rpc', hospital.endpoints.rpc]
  const proven = await outcomeOf(HYGEIA, ['verify', record, ...anyone])
  t.match(proven, { code: 0, stdout: /PROVEN$/m }, 'anyone proves a record against the chain, without a key')
  const text = await readFile(record, 'utf8')
  for (const [what, from] of [
    ['block', /"block": "0x(..)/],
    ['receipt', /"receipt": "0x(?:..){40}(..)/],
  ] as const) {
    const tampered = join(dir, `tampered-${what}.json`)
    await writeFile(tampered, flipped(text, from))
    const verdict = await outcomeOf(HYGEIA, ['verify', tampered, ...anyone])
    t.ok(verdict.code === 1 || verdict.code === 2, `a record with another ${what} ends with ${verdict.code}`)
    t.notMatch(verdict.stdout, /PROVEN$/m)
  }

  await patient.results('patient', 'revoke', String(granted?.grant))
  const after = await physician.run('physician', 'open', '--from', '-1h')
  t.match(after, { code: 1, stderr: /^hygeia: .*revoked/ }, 'and nothing opens after the revocation')
  const exported = join(dir, 'audit.json')
  const [audit] = await until('the audit log is anchored', async () => {
    const lines = await patient.results('patient', 'audit', '--export', exported)
    const entries = lines[0]?.entries
    if (Array.isArray(entries) && entries.every(({ proof }) => proof === 'anchored')) return lines
    await delay(AUDIT_LOOK_MS)
    return undefined
  })
  const events = (audit?.entries as { event: string }[]).map(({ event }) => event)
  t.same(
    events,
    ['granted', 'opened', 'opened', 'opened', 'opened', 'revoked'],
    'the patient sees who did what',
  )
  const audited = await outcomeOf(HYGEIA, ['verify', exported, ...anyone])
  t.match(audited, { code: 0, stdout: /PROVEN$/m }, 'and can prove it')
})

/** Four minutes of a patient whose saturation is lost for a second. */
function recording(): string {
  const rows = Array.from({ length: SECONDS }, (_, second) => {
    return `${second},${60 + (second % 40)},${second === GAP ? '' : 95 + (second % 3)}`
  })
  return `second,heart_rate_bpm,spo2_percent\n${rows.join('\n')}\n`
}

/** Values by the names of their readings. */
function readCsv(text: string): ReadonlyMap<string, Reading> {
  const [, ...lines] = text.trimEnd().split('\n')
  return new Map(
    lines.map((line) => {
      const [time = '', device = '', channel = '', , value = '', , state] = line.split(',')
      const name = nameOfReading(addressOf(device), channel, Date.parse(time) as UnixMs)
      return [name, value === '' ? (state as Reading) : Number(value)]
    }),
  )
}

/** `text` with one bit changed in the byte that `place` finds. */
function flipped(text: string, place: RegExp): string {
  return text.replace(place, (found, byte: string) => {
    const other = (Number.parseInt(byte, 16) ^ 1).toString(16).padStart(2, '0')
    return found.slice(0, -2) + other
  })
}
