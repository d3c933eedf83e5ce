import { open } from 'node:fs/promises'
import { isOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import { OFFLINE_PROOF_LIMIT_BYTES } from '@hygeia/protocol/offline-proof/offline-proof'
import { readConfig } from '@hygeia/runtime/config-file'
import type { Command } from 'commander'
import { Pins } from '../../src/verify/offline/pins.ts'
import { verifyOffline } from '../../src/verify/offline/verify.ts'
import { parseRecords } from '../../src/verify/record.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import { addressArgument } from './arguments.ts'
import type { Run } from './run.ts'

const SIGNS = { true: '✓', false: '✗', unknown: '?' } as const
const VERDICTS = {
  proven: 'PROVEN',
  refuted: 'REFUTED: what is marked ✗ is not true',
  open: 'NOT PROVEN: what is marked ? could not be checked',
} as const

interface VerifyOptions {
  readonly offline?: boolean
  readonly pins?: string
  readonly signers?: string
}

export function addVerifyCommand(program: Command, run: Run): void {
  program
    .command('verify')
    .argument('<file>', 'exported record, audit export, receipt, or proof')
    .option('--offline', 'ask nobody: the file is a proof, from `hygeia prove` or `record --proof`')
    .option('--pins <file>', 'with --offline: the chain that you trust, from `hygeia pins`')
    .option('--signers <accounts>', 'with --offline: who you know to seal, with commas; a majority is wanted')
    .description('check a record against the chain, or without it; needs no key, reads no data')
    .addHelpText(
      'after',
      `
Exit status is 0 only when everything is proven, 2 when something is not.

Examples:
  $ hygeia verify record.json --rpc http://127.0.0.1:8545
  $ hygeia verify record.json --hospital https://hospital.example:8443 --ca ca.pem
  $ hygeia verify --offline record.proof --pins pins.json
`,
    )
    .action(run(verifyFile))
}

async function verifyFile(session: CommandSession, options: VerifyOptions, file: string): Promise<void> {
  if (options.offline !== true && (options.pins !== undefined || options.signers !== undefined)) {
    throw usage('--pins and --signers go with --offline')
  }
  const bytes = await contentOf(file)
  let isProven = true
  for await (const verdict of options.offline === true
    ? await verifyOffline(bytes, await pinsOf(session, options))
    : verifyOnline(session, bytes)) {
    session.terminal.result(verdict, linesOf(verdict))
    isProven &&= verdict.outcome === 'proven'
  }
  if (!isProven) session.terminal.endWith(2)
}

async function* verifyOnline(session: CommandSession, bytes: Uint8Array): AsyncGenerator<Verdict> {
  const remembered = (await session.folder.profile())?.pinned
  if (isOfflineProof(bytes)) throw usage('this is a proof, which needs nobody to be asked: add --offline')
  const records = parseRecords(bytes, remembered)
  const chain = await session.chain()
  for (const record of records) {
    yield await session.terminal.during('asking the chain', () => verify(record, chain))
  }
}

/** What is named, or else what is remembered of the hospital that was visited. */
async function pinsOf(
  session: CommandSession,
  { pins: file, signers }: VerifyOptions,
): Promise<Pins | undefined> {
  const named = file === undefined ? await rememberedPins(session) : await readConfig(file, Pins)
  if (signers === undefined) return named
  if (named === undefined) throw usage('--signers adds to --pins: say which chain with --pins')
  return { ...named, signers: signers.split(',').map((account) => addressArgument(account.trim())) }
}

async function rememberedPins(session: CommandSession): Promise<Pins | undefined> {
  const pinned = (await session.folder.profile())?.pinned
  if (pinned === undefined) return undefined
  const { chainId, directory, genesis } = pinned
  return { chainId, directory, genesis }
}

/** A file's bytes; never more than the largest proof, and one to be refused for. */
async function contentOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const bytes = new Uint8Array(Math.min(size, OFFLINE_PROOF_LIMIT_BYTES + 1))
    const { bytesRead } = await file.read(bytes)
    return bytes.subarray(0, bytesRead)
  } catch (cause) {
    throw usage(`cannot read ${path}: ${cause instanceof Error ? cause.message : 'missing'}`)
  }
}

function linesOf({ subject, outcome, checks, limits }: Verdict): readonly string[] {
  return [
    subject,
    ...checks.map(({ claim, outcome: held, detail, fault }) => {
      const name = held === 'true' || fault === undefined ? '' : ` (${fault})`
      return `  ${SIGNS[held]} ${claim}: ${detail}${name}`
    }),
    VERDICTS[outcome],
    ...(outcome === 'refuted' || limits.length === 0
      ? []
      : ['Not proven by this file:', ...limits.map((limit) => `  - ${limit}`)]),
  ]
}
