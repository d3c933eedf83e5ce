import { readFile, stat } from 'node:fs/promises'
import { usage } from './errors.ts'
import type { Terminal } from './terminal.ts'

/**
 * The passphrase of a keystore: from a file that only its owner can read, or typed.
 *
 * @param isNew - ask twice, because nobody can see a typing error
 */
export async function passphraseFrom(
  file: string | undefined,
  terminal: Terminal,
  isNew: boolean,
): Promise<string> {
  if (file !== undefined) return secretFrom(file, '--passphrase-file')
  const passphrase = await terminal.secret('Passphrase: ', '--passphrase-file FILE')
  if (isNew && (await terminal.secret('Again: ', '--passphrase-file FILE')) !== passphrase) {
    throw usage('the two passphrases differ: try again')
  }
  return passphrase
}

/** The first line of a file that only its owner can read. @param option - that named it @throws {HostError} `USAGE` */
export async function secretFrom(path: string, option: string): Promise<string> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw usage(`cannot read ${option} ${path}: ${cause instanceof Error ? cause.message : 'missing'}`)
  })
  // A pipe of the shell's has no other readers, whatever its mode says.
  if (facts.isFile() && (facts.mode & 0o077) !== 0) {
    throw usage(`${path} can be read by others: chmod 600 ${path}`)
  }
  const [line = ''] = (await readFile(path, 'utf8')).split(/\r?\n/)
  return line
}
