import { CATEGORIES } from '@hygeia/protocol/channel'
import type { Hex32 } from '@hygeia/protocol/ids'
import type { Command } from 'commander'
import { checkPhysician, checkReader, giveGrant, labelsOf } from '../../src/patient/grant.ts'
import { type HeldGrant, listGrants, refresh } from '../../src/patient/grants.ts'
import { revokeGrant } from '../../src/patient/revoke.ts'
import { usage } from '../host/errors.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import { addressArgument, categoriesArgument, hashArgument, hoursArgument } from './arguments.ts'
import type { Run } from './run.ts'

/** What a patient allows, and no longer allows. */
export function addGrantCommands(patient: Command, run: Run): void {
  patient
    .command('grant')
    .argument('<physician>', 'account of the physician')
    .description('let a physician open your data')
    .option('--categories <list>', `of ${CATEGORIES.join(', ')}`, 'vitals,alert')
    .option('--from <time>', 'data taken from then on', '-30d')
    .option('--to <time>', 'data taken before', '+30d')
    .option('--until <time>', 'when access ends', '+30d')
    .option(
      '--emergency <hours>',
      'sealed until an emergency: the physician says why, another hospital signs, and it opens for so long',
    )
    .option('--family', 'for somebody whom you know and whom no hospital has to admit')
    .option('--yes', 'do not ask whether the fingerprint is right: somebody else compares it')
    .addHelpText(
      'after',
      `
Examples:
  $ hygeia patient grant 0x5aAe… --categories vitals --from 2025-11-01 --to 2025-12-01 --until +14d
  $ hygeia patient grant 0x7Bc1… --family --categories vitals
  $ hygeia patient grant 0x5aAe… --emergency 4 --to +300d --until +300d
`,
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
}

interface GrantOptions {
  readonly categories: string
  readonly from: string
  readonly to: string
  readonly until: string
  readonly emergency?: string
  readonly family?: boolean
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
    const emergencyMs = options.emergency === undefined ? undefined : hoursArgument(options.emergency)
    await refresh(patient)
    const labels = labelsOf(patient.state.generations, range, categoriesArgument(options.categories))
    const isForFamily = options.family === true
    if (isForFamily && emergencyMs !== undefined)
      throw usage('--emergency is for physicians, not for --family')
    const checked = await (isForFamily ? checkReader : checkPhysician)(patient, address)
    terminal.say(`The physician's key has the fingerprint\n\n    ${checked.fingerprint}\n`)
    const question = 'Did the physician tell you this fingerprint, not over the hospital?'
    if (options.yes !== true && !(await terminal.confirm(question))) {
      throw usage('not granted: ask the physician for the fingerprint (`hygeia physician key`)')
    }
    const given = await terminal.during('granting', () =>
      giveGrant(patient, {
        physician: checked,
        labels,
        ...range,
        accessTo,
        ...(emergencyMs !== undefined && { emergencyMs }),
        ...(isForFamily && { isForFamily }),
      }),
    )
    const { hash, consent, undelivered } = given
    const { threshold, proxies } = given.grant
    const dealt = { threshold, proxies: proxies.map(({ hospital }) => hospital), undelivered }
    terminal.result({ grant: hash, fingerprint: checked.fingerprint, labels, ...dealt, ...consent }, [
      `Granted ${hash} in block ${consent.blockNumber}`,
      `${labels.length} labels; access ends ${new Date(accessTo).toISOString()}`,
      ...(emergencyMs === undefined
        ? []
        : [`Sealed until an emergency; you are told in \`hygeia patient audit\` when it is opened`]),
      `Any ${threshold} of ${proxies.length} hospitals open it: ${dealt.proxies.join(', ')}`,
      ...undelivered.map(({ hospital, reason }) => `${hospital} gets its part at your next visit: ${reason}`),
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

function summary({ hash, grant, state }: HeldGrant) {
  const { physician, dataFrom, dataTo, accessTo, emergencyMs, threshold, proxies } = grant
  const labels = grant.labels.map(({ label }) => label)
  const hospitals = proxies.map(({ hospital }) => hospital)
  return { hash, state, physician, dataFrom, dataTo, accessTo, emergencyMs, labels, threshold, hospitals }
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
      const { revoked, newLabels, renewed, redealt, notRedealt, untold } = done
      const hashes = redealt.map((it) => it.hash)
      terminal.result({ revoked, newLabels, renewed, redealt: hashes, notRedealt, untold }, [
        ...revoked.map((it) => `Revoked ${it}`),
        `${newLabels.length} labels begin a new generation on ${renewed.length} devices`,
        ...redealt.map(({ grant: { physician } }) => `${physician} goes on under the new keys`),
        ...notRedealt.map(
          ({ physician, reason }) => `${physician} cannot open what comes from now on: ${reason}`,
        ),
        ...untold.map(
          ({ hospital }) => `${hospital} did not answer; it ends the grant when it sees the block`,
        ),
        'What was fetched before stays with who fetched it.',
      ])
    }
  })
}
