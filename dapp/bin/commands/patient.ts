import { CATEGORIES } from '@hygeia/protocol/channel'
import type { Hex32 } from '@hygeia/protocol/ids'
import { MINUTE_MS } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Command } from 'commander'
import { auditOf, type CheckedEntry } from '../../src/patient/audit.ts'
import { checkPhysician, giveGrant, labelsOf } from '../../src/patient/grant.ts'
import { type HeldGrant, listGrants, refresh } from '../../src/patient/grants.ts'
import { renewLabelKeys } from '../../src/patient/label-keys.ts'
import { awaitOffer, beginPairing, completePairing, wordsOfPairing } from '../../src/patient/pair.ts'
import { registerPatient } from '../../src/patient/patient.ts'
import { revokeGrant } from '../../src/patient/revoke.ts'
import { auditRecord } from '../../src/verify/record.ts'
import { usage } from '../host/errors.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import { addressArgument, categoriesArgument, hashArgument, monthArgument } from './arguments.ts'
import { addKeyCommands } from './keys.ts'
import { exportRecord } from './record.ts'
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
    .command('grant')
    .argument('<physician>', 'account of the physician')
    .description('let a physician open your data')
    .option('--categories <list>', `of ${CATEGORIES.join(', ')}`, 'vitals,alert')
    .option('--from <time>', 'data taken from then on', '-30d')
    .option('--to <time>', 'data taken before', '+30d')
    .option('--until <time>', 'when access ends', '+30d')
    .option('--yes', 'do not ask whether the fingerprint is right: somebody else compares it')
    .addHelpText(
      'after',
      '\nExample:\n  $ hygeia patient grant 0x5aAe… --categories vitals --from 2025-11-01 --to 2025-12-01 --until +14d\n',
    )
    .action(run(grant))

  patient.command('grants').description('list what you have granted').action(run(grants))

  patient
    .command('revoke')
    .argument('[grant]', 'hash of the grant, as `hygeia patient grants` shows it')
    .option('--physician <account>', 'everything that this physician was granted')
    .description('take a permission back; devices then seal under new keys')
    .addHelpText('after', '\nExample:\n  $ hygeia patient revoke --physician 0x5aAe…\n')
    .action(run(revoke))

  patient
    .command('audit')
    .description('see who asked for your data, when, and the answer')
    .option('--export <file>', 'write the entries with their proofs, for `hygeia verify`')
    .action(run(audit))

  patient
    .command('record')
    .argument('<cid>', 'of a batch')
    .option('-o, --output <file>', 'write there instead of stdout')
    .description('export a batch with its receipt, for `hygeia verify`')
    .action(
      run((session, options: { output?: string }, cid: string) =>
        exportRecord(session, 'patient', cid, options.output),
      ),
    )
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

interface GrantOptions {
  readonly categories: string
  readonly from: string
  readonly to: string
  readonly until: string
  readonly yes?: boolean
}

async function grant(session: CommandSession, options: GrantOptions, physician: string): Promise<void> {
  const { terminal } = session
  const address = addressArgument(physician)
  await session.asPatient(async (patient) => {
    const now = patient.hospital.client.clock.now()
    const range = { dataFrom: parseInstant(options.from, now), dataTo: parseInstant(options.to, now) }
    const accessTo = parseInstant(options.until, now)
    if (accessTo <= now) throw usage('--until is over already')
    await refresh(patient)
    const labels = labelsOf(patient.state.generations, range, categoriesArgument(options.categories))
    const checked = await checkPhysician(patient, address)
    terminal.say(`The physician's key has the fingerprint\n\n    ${checked.fingerprint}\n`)
    const question = 'Did the physician tell you this fingerprint, not over the hospital?'
    if (options.yes !== true && !(await terminal.confirm(question))) {
      throw usage('not granted: ask the physician for the fingerprint (`hygeia physician key`)')
    }
    const given = await terminal.during('granting', () =>
      giveGrant(patient, { physician: checked, labels, ...range, accessTo }),
    )
    const { hash, consent } = given
    terminal.result({ grant: hash, fingerprint: checked.fingerprint, labels, ...consent }, [
      `Granted ${hash} in block ${consent.blockNumber}`,
      `${labels.length} labels; access ends ${new Date(accessTo).toISOString()}`,
    ])
  })
}

async function grants(session: CommandSession): Promise<void> {
  await session.asPatient(async (patient) => {
    await refresh(patient)
    const held = await listGrants(patient)
    session.terminal.result(
      { grants: held.map(summary) },
      held.length === 0 ? ['You have granted nothing.'] : held.map(grantLine),
    )
  })
}

function summary({ hash, grant: { physician, dataFrom, dataTo, accessTo, labels }, state }: HeldGrant) {
  return { hash, state, physician, dataFrom, dataTo, accessTo, labels: labels.map(({ label }) => label) }
}

function grantLine({ hash, grant: { physician, dataFrom, dataTo, accessTo }, state }: HeldGrant): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  return `${hash}  ${state.padEnd(8)}${physician}  data ${day(dataFrom)} to ${day(dataTo)}, until ${day(accessTo)}`
}

async function revoke(
  session: CommandSession,
  options: { physician?: string },
  named: string | undefined,
): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    await refresh(patient)
    const wanted: Hex32[] = named === undefined ? [] : [hashArgument(named)]
    if (options.physician !== undefined) {
      const physician = addressArgument(options.physician)
      const held = (await listGrants(patient)).filter(({ grant }) => grant.physician === physician)
      wanted.push(...held.filter(({ state }) => state === 'active').map(({ hash }) => hash))
    }
    if (wanted.length === 0) throw usage('nothing to revoke: `hygeia patient grants` lists what there is')
    for (const hash of wanted) {
      const done = await terminal.during('revoking', () => revokeGrant(patient, hash))
      const { revoked, newLabels, renewed, redealt, notRedealt } = done
      terminal.result({ revoked, newLabels, renewed, redealt: redealt.map((it) => it.hash), notRedealt }, [
        ...revoked.map((it) => `Revoked ${it}`),
        `${newLabels.length} labels begin a new generation on ${renewed.length} devices`,
        ...redealt.map(({ grant: { physician } }) => `${physician} goes on under the new keys`),
        ...notRedealt.map(
          ({ physician, reason }) => `${physician} cannot open what comes from now on: ${reason}`,
        ),
        'What was fetched before stays with who fetched it.',
      ])
    }
  })
}

async function audit(session: CommandSession, options: { export?: string }): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    const entries: CheckedEntry[] = []
    for await (const entry of auditOf(patient)) {
      entries.push(entry)
      terminal.progress(`${entries.length} entries`)
    }
    if (options.export !== undefined) {
      const records = entries.map(({ line }) => auditRecord(patient.hospital.realm, line))
      await writeAtomic(options.export, `${JSON.stringify(records, undefined, 2)}\n`)
    }
    terminal.result(
      { entries: entries.map(({ entry, proof }) => ({ ...entry, proof })) },
      entries.length === 0 ? ['Nobody has asked for anything.'] : entries.map(auditLineOf),
    )
    if (entries.some(({ proof }) => proof === 'false')) {
      throw usage(
        'some entries are not what the hospital’s log may hold: export them, and show them to somebody',
      )
    }
  })
}

function auditLineOf({ entry, proof }: CheckedEntry): string {
  const at = new Date(entry.at).toISOString().slice(0, 19)
  const what = entry.reason === '' ? entry.event : `${entry.event} (${entry.reason})`
  return `${at}  ${what.padEnd(24)}${String(entry.batches).padStart(6)} batches  ${entry.physician}  ${proof}`
}
