import { fingerprint } from '@hygeia/protocol/grant/physician-key'
import { toHex } from '@hygeia/protocol/ids'
import type { Command } from 'commander'
import { type ReceivedGrant, receivedGrants } from '../../src/physician/grants.ts'
import { registerPhysician } from '../../src/physician/physician.ts'
import type { CommandSession } from '../host/session.ts'
import { addBreakGlassCommand } from './break-glass.ts'
import { addPhysicianExport } from './export.ts'
import { addKeyCommands } from './keys.ts'
import { addOpenCommand } from './open.ts'
import { addRecordCommand } from './record.ts'
import type { Run } from './run.ts'

export function addPhysicianCommands(program: Command, run: Run): void {
  const physician = program.command('physician').description('for physicians: open what patients granted')
  addKeyCommands(physician, 'physician', run)

  physician
    .command('register')
    .description('register account and key; the hospital then has to admit you')
    .addHelpText(
      'after',
      '\nExample:\n  $ hygeia physician register --hospital https://hospital.example:8443 --ca ca.pem\n',
    )
    .action(run(register))

  physician.command('key').description('show the fingerprint that patients compare').action(run(showKey))

  physician.command('grants').description('list what patients granted you').action(run(grants))

  addOpenCommand(physician, run)
  addPhysicianExport(physician, run)
  addBreakGlassCommand(physician, run)

  addRecordCommand(physician, 'physician', run)
}

async function register(session: CommandSession): Promise<void> {
  const { terminal } = session
  await session.asPhysician(async (physician) => {
    const { address } = physician.identity.signer
    const { status, fingerprint, registration } = await terminal.during('registering', () =>
      registerPhysician(physician),
    )
    terminal.result({ physician: address, status, fingerprint, ...registration }, [
      `${address} is ${status}`,
      `Key fingerprint  ${fingerprint}`,
      '',
      status === 'active'
        ? 'Next: hygeia physician grants'
        : 'Next: the hospital has to admit you; tell it your account',
    ])
  })
}

async function showKey(session: CommandSession): Promise<void> {
  const { signer, receivingKey } = await session.identity('physician')
  session.terminal.result(
    {
      physician: signer.address,
      receivingKey: toHex(receivingKey),
      fingerprint: fingerprint(receivingKey),
    },
    [`Account      ${signer.address}`, `Fingerprint  ${fingerprint(receivingKey)}`],
  )
}

async function grants(session: CommandSession): Promise<void> {
  await session.asPhysician(async (physician) => {
    const held = await receivedGrants(physician)
    session.terminal.result(
      { grants: held.map(summary) },
      held.length === 0 ? ['No patient has granted you anything here yet.'] : held.map(grantLine),
    )
  })
}

function summary({ hash, grant: { patient, dataFrom, dataTo, accessTo, labels }, state }: ReceivedGrant) {
  return { hash, state, patient, dataFrom, dataTo, accessTo, labels: labels.map(({ label }) => label) }
}

function grantLine({ hash, grant: { patient, dataFrom, dataTo, accessTo }, state }: ReceivedGrant): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  return `${hash}  ${state.padEnd(8)}${patient}  data ${day(dataFrom)} to ${day(dataTo)}, until ${day(accessTo)}`
}
