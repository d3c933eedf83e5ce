import { join } from 'node:path'
import { manifestOf, type SealedBlock, sealedBlocks } from '@hygeia/test/sealed-blocks'
import type { Finding } from '../../report/figure.ts'
import { median } from '../../report/spread.ts'
import { step } from '../../report/step.ts'
import type { ConsortiumBench } from '../context.ts'
import { KuboSwarm, type TwinKubo } from '../twin-kubo.ts'

/** In one manifest: the most that one holds, as after a burst. */
const BATCHES = 4_096
const ROUNDS = 5
/** Blocks asked for at once when they are asked for one by one. */
const AT_ONCE = 64
const LIMIT_MS = 60_000
const AIM = { atMost: 50 }

interface Trial {
  /** CPU of this process and of every Kubo, ms for a batch. */
  readonly taken: number
  readonly brought: number
  readonly single: number
}

/**
 * What it costs Kubos to hold another hospital's batches: processors' time of all that take part, the giving one's too.
 * By the manifest, as hospitals do it, against asking for one block after the other.
 */
export async function kuboFetch(bench: ConsortiumBench): Promise<Finding> {
  const swarm = await KuboSwarm.found(join(await bench.dir(), 'fetch'))
  await using source = await swarm.start('source')
  await using walking = await swarm.start('walking')
  await using single = await swarm.start('single')
  for (const { node } of [walking, single]) await node.dial(source.address)
  const kubos = [source, walking, single]
  const trials: Trial[] = []
  await step(`${ROUNDS} manifests of ${BATCHES} batches`, async (tell) => {
    for (let round = 1; round <= ROUNDS; round++) {
      trials.push(await trial(kubos, source, walking, single))
      tell(`${round} of ${ROUNDS}`)
    }
  })
  const of = (pick: (trial: Trial) => number) => median(trials.map(pick))
  const ms = (pick: (trial: Trial) => number) => `${of(pick).toFixed(2)} ms`
  return {
    figures: [
      {
        name: 'CPU of bringing a batch by its manifest, of asking for its block',
        measured: 100 * of(({ brought, single }) => brought / single),
        unit: '%',
        aim: AIM,
        note: `${ms(({ brought }) => brought)} against ${ms(({ single }) => single)}; putting it took ${ms(({ taken }) => taken)}`,
      },
    ],
  }
}

async function trial(
  kubos: readonly TwinKubo[],
  source: TwinKubo,
  walking: TwinKubo,
  single: TwinKubo,
): Promise<Trial> {
  const blocks = sealedBlocks(BATCHES)
  const manifest = manifestOf(blocks)
  const taken = await cost(kubos, async () => {
    // As often as an archiver does between two blocks.
    for (let at = 0; at < BATCHES; at += BATCHES / 16) {
      await source.node.putMany(blocks.slice(at, at + BATCHES / 16))
    }
    await source.node.pin(manifest)
  })
  const brought = await cost(kubos, async () => {
    await walking.node.get(manifest.digest)
    const signal = AbortSignal.timeout(LIMIT_MS)
    await walking.node.bring(manifest, signal)
    let count = 0
    for await (const some of walking.node.linked(manifest, signal)) count += some.length
    if (count !== BATCHES) throw new Error(`${count} of ${BATCHES} batches came`)
    await walking.node.pin(manifest)
  })
  const alone = await cost(kubos, () => oneByOne(single, blocks, manifest))
  return { taken, brought, single: alone }
}

async function oneByOne(
  { node }: TwinKubo,
  blocks: readonly SealedBlock[],
  manifest: ReturnType<typeof manifestOf>,
): Promise<void> {
  for (let at = 0; at < blocks.length; at += AT_ONCE) {
    const some = blocks.slice(at, at + AT_ONCE)
    const given = await Promise.all(some.map(({ digest }) => node.get(digest, AbortSignal.timeout(LIMIT_MS))))
    if (given.some((bytes) => bytes === undefined)) throw new Error('a block did not come')
    await node.putMany(some)
  }
  await node.pin(manifest)
}

/** @returns ms of CPU for each batch */
async function cost(kubos: readonly TwinKubo[], work: () => Promise<void>): Promise<number> {
  const used = async () => {
    const { user, system } = process.cpuUsage()
    const of = await Promise.all(kubos.map((kubo) => kubo.cpuSec()))
    return (user + system) / 1_000 + 1_000 * of.reduce((sum, seconds) => sum + seconds, 0)
  }
  const before = await used()
  await work()
  return ((await used()) - before) / BATCHES
}
