import { fromHex, type Incarnation, parseIncarnation, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { openAtRest, sealAtRest } from '../keys/at-rest.ts'
import { randomBytes } from '../random.ts'
import { hex, hexOfBytes } from '../schema.ts'
import { ManualError } from './errors.ts'

/** Where the memory lies: a file, or a browser's storage. */
export interface OwnDeviceStore {
  read(): Promise<string | undefined>
  write(text: string): Promise<void>
  /** Run `work` while no other tab or process does: `navigator.locks` in a browser, a lock file elsewhere. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** Batches that wait to be anchored, at the most. */
export const WAITING_LIMIT = 500
const PURPOSE = 'own-device'

const Remembered = z.strictObject({
  incarnation: hexOfBytes(8),
  /** Sequence of the next batch. */
  next: z.int().min(0),
  /** CID of the last batch. */
  prev: hexOfBytes(36).nullable(),
  waiting: z.array(z.strictObject({ cid: z.string(), block: hex, isTaken: z.boolean() })).max(WAITING_LIMIT),
})

export interface WaitingBatch {
  readonly cid: string
  readonly block: Uint8Array
  /** A hospital has it on its disk; its receipt is to follow. */
  readonly isTaken: boolean
}

/** What the patient's own device knows of itself between visits. */
export interface Memory {
  readonly incarnation: Incarnation
  readonly next: number
  readonly prev: Uint8Array | undefined
  readonly waiting: readonly WaitingBatch[]
}

/** Change the memory, alone; what `change` throws changes nothing. @throws {ManualError} `MEMORY_DAMAGED` */
export function remember<T>(
  store: OwnDeviceStore,
  entropy: Uint8Array,
  change: (memory: Memory) => { readonly memory: Memory; readonly result: T },
): Promise<T> {
  return store.alone(async () => {
    const text = await store.read()
    const { memory, result } = change(text === undefined ? newMemory() : memoryIn(entropy, text))
    const { incarnation, next, prev, waiting } = memory
    const clear: z.input<typeof Remembered> = {
      incarnation,
      next,
      prev: prev === undefined ? null : toHex(prev),
      waiting: waiting.map((one) => ({ ...one, block: toHex(one.block) })),
    }
    await store.write(sealAtRest(entropy, PURPOSE, clear))
    return result
  })
}

/** Another browser of the same patient, and one that forgot, is another life of the device. */
function newMemory(): Memory {
  const incarnation = parseIncarnation(toHex(randomBytes(8)))
  return { incarnation, next: 0, prev: undefined, waiting: [] }
}

function memoryIn(entropy: Uint8Array, text: string): Memory {
  try {
    const { incarnation, next, prev, waiting } = Remembered.parse(openAtRest(entropy, PURPOSE, text))
    return {
      incarnation: parseIncarnation(incarnation),
      next,
      prev: prev === null ? undefined : fromHex(prev),
      waiting: waiting.map((one) => ({ ...one, block: fromHex(one.block) })),
    }
  } catch (cause) {
    throw new ManualError(
      'what was entered here before cannot be read with these words: move it away to begin anew',
      { code: 'MEMORY_DAMAGED' },
      { cause },
    )
  }
}
