import { readFile } from 'node:fs/promises'
import { entropyOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { joinSeed, splitSeed } from '@hygeia/protocol/seed/shares'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Command } from 'commander'
import type { Role } from '../../src/keys/role.ts'
import { randomBytes } from '../../src/random.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

/** `new` and `recover`, which patients and physicians have alike. */
export function addKeyCommands(parent: Command, role: Role, run: Run): void {
  parent
    .command('new')
    .description('make 24 words, and lock them in a keystore under a passphrase')
    .option('--words-file <file>', 'write the 24 words to a new file of mode 0600 instead of showing them')
    .addHelpText('after', `\nExample:\n  $ hygeia ${role} new\n`)
    .action(run((session, options: { wordsFile?: string }) => makeKeys(session, role, options.wordsFile)))

  parent
    .command('recover')
    .description('make the keystore anew from the 24 words, or from shares')
    .option('--words-file <file>', 'file that holds the 24 words')
    .option('--shares-file <file>', 'file that holds enough shares, one a line')
    .addHelpText('after', `\nExample:\n  $ hygeia ${role} recover --shares-file shares.txt\n`)
    .action(
      run((session, options: { wordsFile?: string; sharesFile?: string }) =>
        recoverKeys(session, role, options),
      ),
    )

  parent
    .command('shares')
    .description('split the words into shares, of which some recover them')
    .option('--shares <n>', 'how many shares, 2 to 16', '5')
    .option('--threshold <m>', 'how many of them recover', '3')
    .addHelpText('after', `\nExample:\n  $ hygeia ${role} shares --shares 5 --threshold 3\n`)
    .action(
      run((session, options: { shares: string; threshold: string }) => showShares(session, role, options)),
    )
}

async function makeKeys(session: CommandSession, role: Role, wordsFile: string | undefined): Promise<void> {
  const { terminal } = session
  const entropy = randomBytes(32)
  const { path, address } = await session.store(role, entropy)
  const words = wordsOf(entropy)
  if (wordsFile !== undefined) await writeAtomic(wordsFile, `${words}\n`, 0o600)
  const shown = wordsFile === undefined ? { words } : { wordsFile }
  terminal.result({ address, keystore: path, ...shown }, [
    `Account   ${address}`,
    `Keystore  ${path}`,
    ...(wordsFile === undefined
      ? ['', 'Write these 24 words on paper, in order. Whoever has them has everything:', '', words]
      : [`Words     ${wordsFile}: put them on paper, then remove the file`]),
    '',
    `Next: hygeia ${role} register`,
  ])
}

async function recoverKeys(
  session: CommandSession,
  role: Role,
  { wordsFile, sharesFile }: { wordsFile?: string; sharesFile?: string },
): Promise<void> {
  const entropy =
    sharesFile === undefined
      ? entropyOf(await wordsFrom(session, wordsFile))
      : await joinSeed((await readFile(sharesFile, 'utf8')).split(/\s+/).filter((share) => share !== ''))
  const { path, address } = await session.store(role, entropy)
  session.terminal.result({ address, keystore: path }, [`Account   ${address}`, `Keystore  ${path}`])
}

async function wordsFrom({ terminal }: CommandSession, file: string | undefined): Promise<string> {
  if (file !== undefined) return readFile(file, 'utf8')
  return terminal.secret('24 words: ', '--words-file FILE or --shares-file FILE')
}

async function showShares(
  session: CommandSession,
  role: Role,
  options: { shares: string; threshold: string },
): Promise<void> {
  const [count, threshold] = [Number(options.shares), Number(options.threshold)]
  const isSensible =
    Number.isInteger(count) &&
    Number.isInteger(threshold) &&
    threshold >= 2 &&
    count >= threshold &&
    count <= 16
  if (!isSensible) throw usage('--shares is 2 to 16, and --threshold 2 to --shares')
  const { entropy } = await session.unlock(role)
  const shares = await splitSeed(entropy, count, threshold, randomBytes(4))
  session.terminal.result({ shares, threshold }, [
    `Any ${threshold} of these ${count} recover everything; fewer tell nothing. Keep each in another place:`,
    '',
    ...shares,
  ])
}
