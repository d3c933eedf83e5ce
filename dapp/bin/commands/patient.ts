import { MINUTE_MS } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Command } from 'commander'
import type { Untold } from '../../src/hospital/everywhere.ts'
import type { KnownHospital } from '../../src/hospital/known.ts'
import { auditOf, type CheckedEntry } from '../../src/patient/audit.ts'
import { refresh } from '../../src/patient/grants.ts'
import { giveHospitals } from '../../src/patient/hospitals.ts'
import { renewLabelKeys } from '../../src/patient/label-keys.ts'
import { awaitOffer, beginPairing, completePairing, wordsOfPairing } from '../../src/patient/pair.ts'
import { registerPatient } from '../../src/patient/patient.ts'
import { auditRecord } from '../../src/verify/record.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import { addressArgument, monthArgument } from './arguments.ts'
import { addEnterCommand } from './enter.ts'
import { addEraseCommand } from './erase.ts'
import { addPatientExport } from './export.ts'
import { addKeyCommands } from './keys.ts'
import { addGrantCommands } from './patient-grants.ts'
import { addRecordCommand } from './record.ts'
import type { Run } from './run.ts'

export function addPatientCommands(program: Command, run: Run): void {
  const patient = program.command('patient').description('for patients: devices, permissions, who looked')
  addKeyCommands(patient, 'patient', run)

  patient
    .command('register')
    .description('register with the hospital’s chain')
    .addHelpText(
      'after',
      '\nExample:\n  $ hygeia patient register --hospital https://hospital.example:8443 --ca ca.pem\n',
    )
    .action(run(register))

  patient
    .command('pair')
    .description('make a device yours')
    .option('--minutes <n>', 'how long the enrolment string is good', '15')
    .option('--first-month <YYYY-MM>', 'for a device whose data begins before last month')
    .option('--yes', 'do not ask whether the words are the same: somebody else compares them')
    .addHelpText(
      'after',
      '\nExample:\n  $ hygeia patient pair\n  (then on the device: hygeia-agent pair …)\n',
    )
    .action(run(pair))

  patient
    .command('label-keys')
    .description('give devices the keys that they seal under for the next two years')
    .option('--device <address>', 'only this device')
    .action(run(renew))

  patient
    .command('hospitals')
    .description('say which hospitals a device sends to: this one first, then those named, in their order')
    .requiredOption('--device <address>', 'of the device')
    .option('--also <url...>', 'another hospital of the same consortium')
    .option('--also-ca <file...>', 'its certificate, or the SHA-256 of it; one for each, in the same order')
    .addHelpText(
      'after',
      '\nExample:\n  $ hygeia patient hospitals --device 0x… --also https://other.example:8443 --also-ca other.pem\n',
    )
    .action(run(hospitals))

  addGrantCommands(patient, run)
  addEnterCommand(patient, run)
  addPatientExport(patient, run)
  addEraseCommand(patient, run)

  patient
    .command('audit')
    .description('see who asked for your data, when, and the answer, at all hospitals')
    .option('--export <file>', 'write the entries with their proofs, for `hygeia verify`')
    .action(run(audit))

  addRecordCommand(patient, 'patient', run)
}

async function register(session: CommandSession): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    const { address } = patient.identity.signer
    const answer = await terminal.during('registering', () => registerPatient(patient))
    terminal.result({ patient: address, ...answer, isNew: answer !== undefined }, [
      answer === undefined
        ? `${address} is registered already`
        : `Registered ${address} in block ${answer.blockNumber}`,
      '',
      'Next: hygeia patient pair',
    ])
  })
}

interface PairOptions {
  readonly minutes: string
  readonly firstMonth?: string
  readonly yes?: boolean
}

async function pair(session: CommandSession, options: PairOptions): Promise<void> {
  const { terminal } = session
  const minutes = Number(options.minutes)
  if (!(minutes >= 1 && minutes <= 1_440)) throw usage('--minutes is 1 to 1440')
  const firstMonth = options.firstMonth === undefined ? undefined : monthArgument(options.firstMonth)
  await session.asPatient(async (patient) => {
    const pairing = await beginPairing(patient, minutes * MINUTE_MS)
    const { text, enrolment } = pairing
    terminal.result({ event: 'enrolment', enrolment: text, expires: enrolment.expires }, [
      `Give this to the device within ${minutes} minutes:`,
      '',
      text,
      '',
    ])
    const offer = await terminal.during('waiting for the device', () =>
      awaitOffer(patient, pairing, AbortSignal.timeout(minutes * MINUTE_MS + 60_000)),
    )
    const words = wordsOfPairing(pairing, offer)
    terminal.result({ event: 'words', device: offer.device, words }, [
      `Device ${offer.device} answered. Its words must be:`,
      '',
      `    ${words.join(' ')}`,
      '',
    ])
    if (options.yes !== true && !(await terminal.confirm('Does the device show these words?'))) {
      throw usage('not paired: the words differ, so something stands between you and the device')
    }
    const done = await terminal.during('binding', () => completePairing(patient, pairing, offer, firstMonth))
    terminal.result({ event: 'paired', device: done.device, serial: done.serial, ...done.binding }, [
      `Paired ${done.device} in block ${done.binding.blockNumber}; it has ${done.keys} label keys`,
    ])
  })
}

async function renew(session: CommandSession, options: { device?: string }): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    const only = options.device === undefined ? undefined : [addressArgument(options.device)]
    await refresh(patient)
    const renewed = await terminal.during('signing', () => renewLabelKeys(patient, only))
    terminal.result(
      { renewed },
      renewed.length === 0
        ? ['You have no devices yet: run `hygeia patient pair`']
        : renewed.map(
            ({ device, serial, until }) => `${device}  serial ${serial}, good until the end of ${until}`,
          ),
    )
  })
}

interface HospitalsOptions {
  readonly device: string
  readonly also?: readonly string[]
  readonly alsoCa?: readonly string[]
}

async function hospitals(session: CommandSession, options: HospitalsOptions): Promise<void> {
  const { terminal } = session
  const { also = [], alsoCa = [] } = options
  const device = addressArgument(options.device)
  if (also.length !== alsoCa.length)
    throw usage('name a certificate for each hospital: --also URL --also-ca FILE')
  await session.asPatient(async (patient) => {
    const others: KnownHospital[] = []
    // One after the other: each is remembered in the same file.
    for (const [index, url] of also.entries()) {
      others.push(await session.addHospital(url, alsoCa[index] ?? ''))
    }
    const all = [patient.hospital, ...others]
    const given = await terminal.during('signing', () => giveHospitals(patient, device, all))
    const lineOf = (api: string) =>
      `  ${api}${given.heldBy.includes(api) ? '' : '  (did not answer: give the list again)'}`
    terminal.result({ ...given, hospitals: all.map(({ client }) => client.transport.base) }, [
      `${device} sends to, as soon as it has asked:`,
      ...all.map(({ client }) => lineOf(client.transport.base)),
    ])
  })
}

async function audit(session: CommandSession, options: { export?: string }): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    const entries: CheckedEntry[] = []
    const unheard: Untold[] = []
    const onUnheard = (hospital: Untold) => {
      unheard.push(hospital)
      terminal.warn(`the log of ${hospital.hospital} is missing here: ${hospital.reason}`)
    }
    for await (const entry of auditOf(patient, { onUnheard })) {
      entries.push(entry)
      terminal.progress(`${entries.length} entries`)
    }
    if (options.export !== undefined) {
      const records = entries.map(({ line }) => auditRecord(patient.hospital.realm, line))
      await writeAtomic(options.export, `${JSON.stringify(records, undefined, 2)}\n`)
    }
    terminal.result(
      { entries: entries.map(({ entry, proof }) => ({ ...entry, proof })), unheard },
      entries.length === 0 ? ['Nobody has asked for anything.'] : entries.map(auditLineOf),
    )
    const liars = new Set(entries.filter(({ proof }) => proof === 'false').map(({ entry }) => entry.hospital))
    if (liars.size > 0) {
      throw usage(
        `some entries are not what the log of ${[...liars].join(', ')} may hold: export them, and show them to somebody`,
      )
    }
  })
}

function auditLineOf({ entry, proof }: CheckedEntry): string {
  const at = new Date(entry.at).toISOString().slice(0, 19)
  const what = entry.reason === '' ? entry.event : `${entry.event} (${entry.reason})`
  return `${at}  ${what.padEnd(24)}${String(entry.batches).padStart(6)} batches  ${entry.physician}  at ${entry.hospital}  ${proof}`
}
