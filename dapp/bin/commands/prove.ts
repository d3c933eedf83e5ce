import { readFile } from 'node:fs/promises'
import { type ProvenRecord, RECORD_LIMIT } from '@hygeia/protocol/offline-proof/offline-proof'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Command } from 'commander'
import { prove } from '../../src/prove/prove.ts'
import { provable } from '../../src/prove/records.ts'
import { parseRecords } from '../../src/verify/record.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import { wholeNumberArgument } from './arguments.ts'
import type { Run } from './run.ts'

/** Blocks between two lists of signers where nobody says otherwise: what `hygeia-daemon init` writes. */
const USUAL_EPOCH = 720

export interface ProveIntoOptions {
  readonly output: string
  readonly epoch?: string
}

export function addProveCommand(program: Command, run: Run): void {
  program
    .command('prove')
    .argument('<file>', 'exported record or audit export')
    .requiredOption('-o, --output <file>', 'where to write the proof')
    .option(
      '--epoch <blocks>',
      `between two lists of signers, if the hospital does not say; ${USUAL_EPOCH} is usual`,
    )
    .description(
      'add to a record what proves it without the chain; any node of the chain will do, and no key',
    )
    .addHelpText(
      'after',
      `
Smallest once the chain has passed the next list of signers; until then it holds every header since the last.

Example:
  $ hygeia prove record.json -o record.proof --rpc http://127.0.0.1:8545
`,
    )
    .action(run(proveFile))
}

async function proveFile(session: CommandSession, options: ProveIntoOptions, file: string): Promise<void> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw usage(`cannot read ${file}: ${cause instanceof Error ? cause.message : 'missing'}`)
  })
  const records = parseRecords(bytes, (await session.folder.profile())?.pinned)
  const [first] = records
  if (first === undefined || records.length > RECORD_LIMIT) throw usage(`give 1 to ${RECORD_LIMIT} records`)
  const { realm } = first
  if (records.some((record) => JSON.stringify(record.realm) !== JSON.stringify(realm))) {
    throw usage('the records are of several chains: prove them one by one')
  }
  const proven = records.map(provable)
  await proveInto(session, realm, proven, options)
}

/** Gather what proves the records, and write it. */
export async function proveInto(
  session: CommandSession,
  realm: Realm,
  records: readonly ProvenRecord[],
  { output, epoch: said }: ProveIntoOptions,
): Promise<void> {
  const { node, epoch = USUAL_EPOCH } = await session.node(realm)
  const bytes = await session.terminal.during('gathering headers and proofs', () =>
    prove(node, { realm, records, epoch: said === undefined ? epoch : wholeNumberArgument('--epoch', said) }),
  )
  await writeAtomic(output, bytes)
  session.terminal.result({ output, bytes: bytes.length, records: records.length }, [
    `${output}: ${bytes.length} bytes`,
    `Next: hygeia verify --offline ${output}`,
  ])
}
