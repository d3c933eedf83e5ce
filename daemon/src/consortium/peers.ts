import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { RuntimeError } from '@hygeia/runtime/errors'
import { z } from 'zod'
import { HospitalCard } from './card.ts'

const FILE = 'peers.json'
const Cards = z.array(HospitalCard).max(256)

/** Where the other hospitals are reached: what their cards said, on this disk. The chain says who counts. */
export class Peers {
  readonly #path: string
  readonly #hospital: Address
  #cards: ReadonlyMap<Address, HospitalCard> = new Map()
  readonly #listeners = new Set<() => void>()

  /** @param hospital - operator account of this hospital, which is nobody's peer */
  constructor({ dataDir, hospital }: { readonly dataDir: string; readonly hospital: Address }) {
    this.#path = join(dataDir, FILE)
    this.#hospital = hospital
  }

  /** @throws {RuntimeError} `FILE_INVALID` when somebody edited it wrongly */
  async open(): Promise<void> {
    const cards = await readCards(this.#path)
    this.#cards = new Map(cards.map((card) => [card.operator, card]))
  }

  get all(): readonly HospitalCard[] {
    return [...this.#cards.values()]
  }

  of(hospital: Address): HospitalCard | undefined {
    return this.#cards.get(hospital)
  }

  /** Remember where a hospital is reached, in place of what was known of it. */
  async meet(card: HospitalCard): Promise<void> {
    if (card.operator === this.#hospital) return
    const cards = new Map(this.#cards).set(card.operator, card)
    await writeCards(this.#path, [...cards.values()])
    this.#cards = cards
    for (const listener of this.#listeners) listener()
  }

  /** Call `listener` when somebody was met. @returns ends it */
  onMet(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Who was met, for what starts before anybody can be met. @throws {RuntimeError} `FILE_INVALID` */
export async function metSoFar(dataDir: string): Promise<readonly HospitalCard[]> {
  return await readCards(join(dataDir, FILE))
}

/** Put cards where a daemon that has not run yet finds them. */
export async function introduce(dataDir: string, cards: readonly HospitalCard[]): Promise<void> {
  await writeCards(join(dataDir, FILE), cards)
}

async function writeCards(path: string, cards: readonly HospitalCard[]): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(cards, undefined, 2)}\n`)
}

async function readCards(path: string): Promise<readonly HospitalCard[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '[]'
    throw cause
  })
  try {
    return Cards.parse(JSON.parse(text))
  } catch (cause) {
    const problems = [cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)]
    throw new RuntimeError(
      `${path} is damaged: put it right, or remove it and have the hospitals introduced again`,
      { code: 'FILE_INVALID', path, problems },
      { cause },
    )
  }
}
