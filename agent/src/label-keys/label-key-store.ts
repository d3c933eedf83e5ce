import { readFile } from 'node:fs/promises'
import type { Address } from '@hygeia/protocol/ids'
import {
  areLabelKeysSigned,
  decodeLabelKeys,
  encodeLabelKeys,
  type SignedLabelKeys,
} from '@hygeia/protocol/label-keys/label-keys'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { LabelBook } from './label-book.ts'

/** Who may sign label keys, and for whom. */
export interface LabelKeyAuthority {
  readonly realm: Realm
  readonly patient: Address
  readonly device: Address
}

/** Why label keys were not taken. */
export type LabelKeyFault = 'OTHER_DEVICE' | 'OTHER_PATIENT' | 'STALE_SERIAL' | 'BAD_SIGNATURE' | 'NO_KEYS'

/** @returns undefined when these keys are by the pinned patient, for this device */
export function labelKeyFault(
  keys: SignedLabelKeys,
  { realm, patient, device }: LabelKeyAuthority,
): LabelKeyFault | undefined {
  if (keys.device !== device) return 'OTHER_DEVICE'
  if (keys.patient !== patient) return 'OTHER_PATIENT'
  if (keys.keys.length === 0) return 'NO_KEYS'
  return isSigned(realm, keys) ? undefined : 'BAD_SIGNATURE'
}

/** The newest label keys of this device's patient, on disk. */
export class LabelKeyStore {
  readonly #path: string
  readonly #authority: LabelKeyAuthority
  #keys: SignedLabelKeys
  #book: LabelBook

  private constructor(path: string, authority: LabelKeyAuthority, keys: SignedLabelKeys) {
    this.#path = path
    this.#authority = authority
    this.#keys = keys
    this.#book = new LabelBook(keys.keys)
  }

  /**
   * @param paired - keys that pairing brought: the least that there is, should the file be lost
   */
  static async open(
    path: string,
    authority: LabelKeyAuthority,
    paired: SignedLabelKeys,
  ): Promise<LabelKeyStore> {
    const stored = await readStored(path, authority)
    const newest = stored !== undefined && stored.serial > paired.serial ? stored : paired
    return new LabelKeyStore(path, authority, newest)
  }

  get serial(): number {
    return this.#keys.serial
  }

  get book(): LabelBook {
    return this.#book
  }

  /** Take newer keys. @returns why not, or undefined once they are on the disk and in use */
  async offer(keys: SignedLabelKeys): Promise<LabelKeyFault | undefined> {
    // Cheapest first: an old serial comes with every answer that was asked twice.
    if (keys.serial <= this.#keys.serial) return 'STALE_SERIAL'
    const fault = labelKeyFault(keys, this.#authority)
    if (fault !== undefined) return fault
    await writeAtomic(this.#path, encodeLabelKeys(keys))
    if (keys.serial <= this.#keys.serial) return 'STALE_SERIAL'
    this.#keys = keys
    this.#book = new LabelBook(keys.keys)
    return undefined
  }
}

async function readStored(path: string, authority: LabelKeyAuthority): Promise<SignedLabelKeys | undefined> {
  try {
    const keys = decodeLabelKeys(await readFile(path))
    return labelKeyFault(keys, authority) === undefined ? keys : undefined
  } catch {
    // Never written, or damaged: the hospital has the newest and is asked for it at each connection.
    return undefined
  }
}

function isSigned(realm: Realm, keys: SignedLabelKeys): boolean {
  try {
    return areLabelKeysSigned(realm, keys, recoverAddress)
  } catch {
    return false
  }
}
