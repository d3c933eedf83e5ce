import type { Readable, Writable } from 'node:stream'
import type { Derivation } from '../../src/keys/derive.ts'

/** What surrounds one run of the command: the process, or a test. */
export interface Host {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** `$XDG_CONFIG_HOME`, or where that points by default. */
  readonly configHome: string
  /** Cost of guessing the passphrase of a new keystore. */
  readonly derivation: Derivation
  /** Aborts when a command that would go on for ever is to end; Ctrl-C ends the process itself. */
  readonly stopped?: AbortSignal
  /** Exit status of a run that ends without an error; 0 unless told. */
  exitCode: number
}
