import { readFile } from 'node:fs/promises'
import { Decrypter, Encrypter } from 'age-encryption'
import { BackupError } from './errors.ts'

/** How a backup is locked: with a passphrase, or to the holders of age identities. */
export type Lock = { readonly passphrase: string } | { readonly recipients: readonly string[] }
/** What opens it. */
export type Unlock = { readonly passphrase: string } | { readonly identities: readonly string[] }

/** age's own file format, so that `age -d` opens a backup too. @see C2SP age.md */
export function sealer(lock: Lock): Encrypter {
  const encrypter = new Encrypter()
  if ('passphrase' in lock) encrypter.setPassphrase(lock.passphrase)
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient)
  return encrypter
}

export function opener(unlock: Unlock): Decrypter {
  const decrypter = new Decrypter()
  if ('passphrase' in unlock) decrypter.addPassphrase(unlock.passphrase)
  else for (const identity of unlock.identities) decrypter.addIdentity(identity)
  return decrypter
}

const PASSPHRASE_LIMIT = 1_024
const PASSPHRASE_LEAST = 12

/** First line of a file. @throws {BackupError} `KEY_UNDECIDED` when there is too little in it */
export async function passphraseIn(file: string): Promise<string> {
  const [line = ''] = (await readFile(file, 'utf8')).split('\n', 1)
  const passphrase = line.trimEnd()
  if (passphrase.length >= PASSPHRASE_LEAST && passphrase.length <= PASSPHRASE_LIMIT) return passphrase
  throw new BackupError(
    `the first line of ${file} is no passphrase of at least ${PASSPHRASE_LEAST} characters`,
    {
      code: 'KEY_UNDECIDED',
    },
  )
}

/** Lines of what age-keygen wrote, without its comments. */
export async function identitiesIn(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    const text = line.trim()
    return text === '' || text.startsWith('#') ? [] : [text]
  })
}
