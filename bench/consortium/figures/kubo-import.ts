import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { carOf } from '@hygeia/daemon/ipfs/kubo/car'
import { inLists } from '@hygeia/daemon/ipfs/kubo/lists'
import { residentMb } from '@hygeia/test/memory'
import { type SealedBlock, sealedBlocks } from '@hygeia/test/sealed-blocks'
import type { Finding } from '../../report/figure.ts'
import { median } from '../../report/spread.ts'
import { step } from '../../report/step.ts'
import type { ConsortiumBench } from '../context.ts'
import { KuboSwarm, type TwinKubo } from '../twin-kubo.ts'

/** Blocks that are held before the second measurement. */
export const HELD_BLOCKS = Number(process.env.HYGEIA_BENCH_BLOCKS ?? 1_000_000)
/** In one import: as many as ten manifests name at the most. */
const ROUND_BLOCKS = 81_920
/** Measured on an empty repo, and again on a full one. */
const ROUNDS = 3
const AIM = { atLeast: 80 }

interface Rates {
  /** Blocks a second that the daemon puts. */
  readonly ours: number
  /** Blocks a second that `ipfs dag import` takes from files. */
  readonly bulk: number
}

/**
 * Putting batches into Kubo against Kubo's own bulk import: the same CARs, once as the daemon streams them and once from
 * files by `ipfs dag import`, into two Kubos that are set up alike and grow alike.
 */
export async function kuboImport(bench: ConsortiumBench): Promise<Finding> {
  const dir = await bench.dir()
  const swarm = await KuboSwarm.found(join(dir, 'import'))
  await using ours = await swarm.start('ours')
  await using bulk = await swarm.start('bulk')
  const twins = { ours, bulk, dir }

  const empty = await step('importing into an empty Kubo', () => measured(twins))
  const fillRounds = Math.max(0, Math.ceil(HELD_BLOCKS / ROUND_BLOCKS) - ROUNDS)
  await step(`holding ${HELD_BLOCKS.toLocaleString('en')} blocks`, async (tell) => {
    for (let round = 0; round < fillRounds; round++) {
      await both(twins, sealedBlocks(ROUND_BLOCKS))
      tell(`${((round + 1 + ROUNDS) * ROUND_BLOCKS).toLocaleString('en')}`)
    }
  })
  const held = (fillRounds + ROUNDS) * ROUND_BLOCKS
  const full = await step('importing into a full Kubo', () => measured(twins))
  return {
    figures: [
      shareOf('import through CAR, of Kubo’s bulk import', empty),
      shareOf(`the same with ${held.toLocaleString('en')} blocks held`, full),
      rate('blocks put a second', empty, 'nothing held'),
      rate('blocks put a second', full, `${held.toLocaleString('en')} held`),
      {
        name: 'memory of Kubo',
        measured: await residentMb(ours.pid),
        unit: 'MB',
        note: `${(held + ROUNDS * ROUND_BLOCKS).toLocaleString('en')} blocks held`,
      },
    ],
  }
}

interface Twins {
  readonly ours: TwinKubo
  readonly bulk: TwinKubo
  readonly dir: string
}

async function measured(twins: Twins): Promise<readonly Rates[]> {
  const rates: Rates[] = []
  for (let round = 0; round < ROUNDS; round++)
    rates.push(await both(twins, sealedBlocks(ROUND_BLOCKS), round))
  return rates
}

/** Import the same blocks both ways. @param round - says which of the two goes first */
async function both({ ours, bulk, dir }: Twins, blocks: readonly SealedBlock[], round = 0): Promise<Rates> {
  const cars = await writeCars(dir, blocks)
  const byCar = () => timed(() => ours.node.putMany(blocks))
  const byFile = () => timed(() => bulk.ipfs(['dag', 'import', ...cars]))
  const first = round % 2 === 0 ? await byCar() : await byFile()
  const second = round % 2 === 0 ? await byFile() : await byCar()
  await Promise.all(cars.map((path) => rm(path)))
  const [ourMs, bulkMs] = round % 2 === 0 ? [first, second] : [second, first]
  return { ours: blocks.length / (ourMs / 1_000), bulk: blocks.length / (bulkMs / 1_000) }
}

async function writeCars(dir: string, blocks: readonly SealedBlock[]): Promise<readonly string[]> {
  const paths: string[] = []
  for (const { list, blocks: some } of inLists(blocks)) {
    const path = join(dir, `${paths.length}.car`)
    const file = await open(path, 'w')
    for (const piece of carOf(list, some)) await file.write(piece)
    await file.close()
    paths.push(path)
  }
  return paths
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function shareOf(name: string, rates: readonly Rates[]) {
  const measured = median(rates.map(({ ours, bulk }) => (ours / bulk) * 100))
  const bulk = Math.round(median(rates.map((each) => each.bulk)))
  return {
    name,
    measured,
    unit: '%' as const,
    aim: AIM,
    note: `which takes ${bulk.toLocaleString('en')} blocks/s`,
  }
}

function rate(name: string, rates: readonly Rates[], note: string) {
  return { name, measured: median(rates.map(({ ours }) => ours)), unit: '/s' as const, note }
}
