import { argon2id } from 'hash-wasm'
import { z } from 'zod'

/**
 * How a passphrase becomes a key. The limits keep a hostile file from taking the machine's memory, and a
 * careless one from being worth guessing at.
 */
export const Derivation = z.strictObject({
  name: z.literal('argon2id'),
  memoryKib: z.int().min(8).max(1_048_576),
  passes: z.int().min(1).max(16),
  lanes: z.int().min(1).max(16),
})
export type Derivation = z.infer<typeof Derivation>

/** @see RFC 9106 §4, the second recommended option: 64 MiB, three passes, four lanes */
export const DEFAULT_DERIVATION: Derivation = { name: 'argon2id', memoryKib: 65_536, passes: 3, lanes: 4 }

export interface DerivedKeys {
  /** Encrypts; 32 bytes. */
  readonly key: Uint8Array
  /** Stored beside, to tell a wrong passphrase from a damaged file; 16 bytes. */
  readonly check: Uint8Array
}

/** Half a second of work, so that guessing is dear. */
export async function derive(passphrase: string, salt: Uint8Array, cost: Derivation): Promise<DerivedKeys> {
  const bytes = await argon2id({
    // The same passphrase typed on another keyboard must be the same bytes.
    password: passphrase.normalize('NFKC'),
    salt,
    memorySize: cost.memoryKib,
    iterations: cost.passes,
    parallelism: cost.lanes,
    hashLength: 48,
    outputType: 'binary',
  })
  return { key: bytes.slice(0, 32), check: bytes.slice(32) }
}
