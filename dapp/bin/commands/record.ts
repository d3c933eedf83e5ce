import { parseCid } from '@hygeia/protocol/sealed/cid'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Command } from 'commander'
import type { Role } from '../../src/keys/role.ts'
import { batchRecord } from '../../src/verify/record.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import { proveInto } from './prove.ts'
import type { Run } from './run.ts'

interface RecordOptions {
  readonly output?: string
  readonly proof?: boolean
}

export function addRecordCommand(parent: Command, role: Role, run: Run): void {
  parent
    .command('record')
    .argument('<cid>', 'of a batch')
    .option('-o, --output <file>', 'write there instead of stdout')
    .option('--proof', 'with all that proves it without the chain, for `hygeia verify --offline`')
    .description('export a batch with its receipt, for `hygeia verify`')
    .action(run((session, options: RecordOptions, cid: string) => exportRecord(session, role, cid, options)))
}

/** Fetch a batch and its receipt, and write them as a record that anyone can verify. */
async function exportRecord(
  session: CommandSession,
  role: Role,
  cid: string,
  { output, proof }: RecordOptions,
): Promise<void> {
  try {
    parseCid(cid)
  } catch {
    throw usage(`“${cid}” is no CID: bafy…`)
  }
  if (proof === true && output === undefined) throw usage('a proof is a binary file: name it with --output')
  const identity = await session.identity(role)
  const { client, realm } = await session.hospital()
  const [receipt, [block]] = await Promise.all([
    client.receipt(cid),
    client.as(identity.signer, realm).blocks([cid]),
  ])
  if (receipt === undefined)
    throw usage('the hospital has no receipt for it yet: try again after the next block')
  if (proof === true && output !== undefined)
    return proveInto(session, realm, [{ kind: 'batch', receipt, block }], { output })
  const text = `${JSON.stringify(batchRecord(realm, receipt, block), undefined, 2)}\n`
  if (output === undefined) return session.terminal.write(text)
  await writeAtomic(output, text)
  session.terminal.result({ output, hasBlock: block !== undefined }, [lineOf(output, block)])
}

function lineOf(output: string, block: Uint8Array | undefined): string {
  return block === undefined ? `${output}: the receipt alone, the hospital did not give the block` : output
}
