import type { Command } from 'commander'
import { HospitalError } from '../../src/hospital/errors.ts'
import type { KnownHospital } from '../../src/hospital/known.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

export function addHospitalCommands(program: Command, run: Run): void {
  const hospitals = program
    .command('hospitals')
    .description('the hospitals of your consortium: where data lies and grants are dealt')
  hospitals.command('list', { isDefault: true }).description('show those that are known').action(run(list))
  hospitals
    .command('add')
    .argument('<url>', 'HTTPS address')
    .argument('<ca>', 'its certificate authority: a PEM file, or the SHA-256 of the certificate')
    .description('take up another hospital of the same consortium, and tell the others of it')
    .addHelpText(
      'after',
      `
Hospitals tell of each other: this is for one that they do not tell of.

Example:
  $ hygeia hospitals add https://second.example:8443 second-ca.pem
`,
    )
    .action(run(add))
  hospitals
    .command('forget')
    .argument('<url>', 'as `hygeia hospitals` shows it')
    .description('deal no more grants there')
    .action(run(forget))
}

async function list(session: CommandSession): Promise<void> {
  const { home, others } = await session.hospitals()
  const known = [home, ...others]
  session.terminal.result({ hospitals: known.map(summary) }, [
    ...known.map((one) => {
      const { url, hospital, isAway } = summary(one)
      return `${hospital}  ${isAway ? 'away  ' : 'there '}${url}`
    }),
    ...(known.length === 1 ? ['', 'One hospital: what it loses is lost, and there is no break-glass.'] : []),
  ])
}

function summary({ hospital, client }: KnownHospital) {
  return { hospital, url: client.transport.base, isAway: client.wasAway }
}

async function add(session: CommandSession, _options: object, url: string, ca: string): Promise<void> {
  const { home, others } = await session.hospitals()
  const added = await session.addHospital(url.replace(/\/+$/, ''), ca)
  // Its own signed word, carried to those that may not have heard it.
  const own = (await statedBy(added)).find(({ hospital }) => hospital === added.hospital)
  const told: string[] = []
  for (const { client } of own === undefined ? [] : [home, ...others]) {
    if (own === undefined || client.wasAway) continue
    const isTold = await client.putHospital(own).then(() => true, onlyRefusals)
    if (isTold) told.push(client.transport.base)
  }
  session.terminal.result({ ...summary(added), told }, [`Added ${added.hospital} at ${url}`])
}

async function statedBy({ client }: KnownHospital) {
  return client.hospitals().catch((cause: unknown) => {
    onlyRefusals(cause)
    return []
  })
}

/** That it will not hear of it, or is away, changes nothing here. */
function onlyRefusals(cause: unknown): false {
  if (cause instanceof HospitalError) return false
  throw cause
}

async function forget(session: CommandSession, _options: object, url: string): Promise<void> {
  if (!(await session.forgetHospital(url.replace(/\/+$/, '')))) {
    throw usage(`${url} is not among the others: \`hygeia hospitals\` lists them`)
  }
  session.terminal.result({ forgotten: url }, [
    `Forgot ${url}; grants that it has stay until they are revoked`,
  ])
}
