import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Link } from '../../../../src/chain/rpc/branch.ts'

export interface Weather {
  readonly seed: number
  /** How many there are: `a`, `b`, … */
  readonly signers: number
  readonly periods: number
  /** Mean time that a block is under way, in periods; exponentially distributed. */
  readonly delay: number
  /** Chance in each period that two signers lose each other for up to eight. */
  readonly cuts: number
}

interface Block extends Link {
  readonly sealer: string
  readonly parent: Block | undefined
  /** Sum of the difficulties up to it. */
  readonly weight: number
}

interface Node {
  readonly name: string
  readonly known: Set<Block>
  head: Block
  /** Step at which it seals on its head; undefined until it looked whether it may. */
  sealsAt: number | undefined
}

/** Steps of a block period. */
const PERIOD = 10
const GENESIS: Block = {
  number: 0,
  hash: '0',
  parentHash: '',
  timestamp: 0,
  sealer: '',
  difficulty: 0,
  parent: undefined,
  weight: 0,
}

/**
 * Signers that do as Clique says and geth does, and blocks between them that are late, overtake each other and wait for
 * the end of an outage. The same seed is the same story.
 *
 * @param onHead - told what each signer newly takes for the chain: its head
 * @returns how many blocks were sealed, and how long the chain became
 */
export function runCliqueNetwork(weather: Weather, onHead: (name: string, head: Block) => void) {
  const random = xoroshiro128plus(weather.seed)
  const chance = () => uniformFloat64(random)
  const names = Array.from({ length: weather.signers }, (_, index) => String.fromCharCode(97 + index))
  const nodes = names.map((name): Node => ({ name, known: new Set(), head: GENESIS, sealsAt: undefined }))
  const apart = Math.floor(names.length / 2)
  const cutUntil = new Map<string, number>()
  const link = (one: string, other: string) => [one, other].sort().join()
  let underWay: { readonly block: Block; readonly to: Node; readonly at: number }[] = []
  let sealed = 0

  const isTurnOf = (name: string, number: number) => names[number % names.length] === name
  const take = (node: Node, block: Block) => {
    if (node.known.has(block)) return
    node.known.add(block)
    const { head } = node
    const isEven = block.weight === head.weight && block.number === head.number && chance() < 0.5
    const isShorter = block.weight === head.weight && block.number < head.number
    if (block.weight <= head.weight && !isEven && !isShorter) return
    node.head = block
    node.sealsAt = undefined
    onHead(node.name, block)
  }
  const whenToSeal = ({ name, head }: Node, now: number) => {
    if (ancestors(head, apart).some(({ sealer }) => sealer === name)) return Number.POSITIVE_INFINITY
    const due = Math.max(now, head.timestamp + PERIOD)
    // EIP-225: who is not in turn waits up to half a second for each that may seal, of the five seconds of a period.
    const wiggle = isTurnOf(name, head.number + 1) ? 0 : uniformInt(random, 1, 1 + apart)
    return due + wiggle + (chance() < 0.1 ? uniformInt(random, 0, PERIOD) : 0)
  }
  const seal = (node: Node, now: number) => {
    const { head: parent, name } = node
    const number = parent.number + 1
    const difficulty = isTurnOf(name, number) ? 2 : 1
    const weight = parent.weight + difficulty
    sealed++
    const hash = `${sealed}`
    const block = {
      number,
      hash,
      parentHash: parent.hash,
      timestamp: now,
      sealer: name,
      difficulty,
      parent,
      weight,
    }
    for (const to of nodes) {
      const delay = Math.floor(-Math.log(1 - chance()) * weather.delay * PERIOD)
      if (to !== node) underWay.push({ block, to, at: now + delay })
    }
    take(node, block)
  }

  for (let now = 0; now < weather.periods * PERIOD; now++) {
    if (chance() < weather.cuts / PERIOD) {
      const [one, other] = [0, 0].map(() => names[uniformInt(random, 0, names.length - 1)] ?? '')
      cutUntil.set(link(one ?? '', other ?? ''), now + uniformInt(random, 1, 8 * PERIOD))
    }
    const isArriving = ({ block, to, at }: (typeof underWay)[number]) =>
      at <= now && (cutUntil.get(link(block.sealer, to.name)) ?? 0) <= now
    const arriving = underWay.filter(isArriving)
    underWay = underWay.filter((one) => !arriving.includes(one))
    for (const { block, to } of arriving) take(to, block)
    for (const node of nodes) {
      node.sealsAt ??= whenToSeal(node, now)
      if (node.sealsAt <= now) seal(node, now)
    }
  }
  return { sealed, height: Math.max(...nodes.map(({ head }) => head.number)) }
}

/** A block and what is before it, newest first. @param count - at most so many */
export function ancestors(block: Block, count: number): readonly Block[] {
  const found: Block[] = []
  for (let one: Block | undefined = block; one && one.number > 0 && found.length < count; one = one.parent) {
    found.push(one)
  }
  return found
}
