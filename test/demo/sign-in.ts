import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { type Identity, identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { bold, dim } from './terminal.ts'

const PASSPHRASE_WORDS = 4

/** Somebody of the demo who signs in to the web app: keys that were made on the spot, and a passphrase to keep them under. */
export interface DemoPerson {
  readonly name: string
  /** What to choose on the first page. */
  readonly choose: 'A patient' | 'A physician' | 'Hospital staff'
  readonly words: string
  readonly passphrase: string
  readonly identity: Identity
}

export function demoPerson(name: string, choose: DemoPerson['choose']): DemoPerson {
  const words = wordsOf(randomBytes(32))
  const passphrase = wordsOf(randomBytes(32)).split(' ').slice(0, PASSPHRASE_WORDS).join(' ')
  return { name, choose, words, passphrase, identity: identityOf(words) }
}

export interface SignInOptions {
  /** HTTPS origin of the web app. */
  readonly address: string
  /** Certificate of the hospital's CA, PEM. */
  readonly ca: string
  /** Folder for browser profiles. */
  readonly dir: string
}

/** Where the web app is, and how each person signs in: to be read in a terminal. */
export function signInText(people: readonly DemoPerson[], { address, ca, dir }: SignInOptions): string {
  const trusting = `--ignore-certificate-errors-spki-list=${publicKeyHash(ca)}`
  const browser = `chromium --user-data-dir=${join(dir, 'browser')} ${trusting} ${address}`
  const lines = people.map(({ name, choose, words, passphrase }) =>
    [
      `  ${bold(name)}  ${dim(`choose “${choose}”, then “I have my words or shares”`)}`,
      `    words       ${words}`,
      `    passphrase  ${passphrase}`,
    ].join('\n'),
  )
  return `
  ${bold('The web app')}  ${bold(address)}
  No browser knows this hospital's certificate: go on past the warning; or, for everything that browsers keep
  from such pages (installing, alerts, passkeys), start one that trusts it:
    ${browser}
  A browser profile keeps one person's keys: use another profile, or a private window, for each further one.

${lines.join('\n')}
`
}

/** SHA-256 over the public key, as Chromium names certificates. */
function publicKeyHash(pem: string): string {
  const der = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('base64')
}
