import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { GenuineBatch } from '@hygeia/daemon/store/admit'
import { openStore, type Store } from '@hygeia/daemon/store/store'
import { type Address, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import { createLog } from '@hygeia/runtime/log'
import type { Finding } from '../../report/figure.ts'
import { step } from '../../report/step.ts'
import type { ConsortiumBench } from '../context.ts'

const BATCHES = Number(process.env.HYGEIA_BENCH_BATCHES ?? 1_000_000)
/** What goes to the disk together. */
const TOGETHER = 1_024
/** Sequences that grow in turns, as those of many devices do. */
const SEQUENCES = 100
const SEALED_BYTES = 700
const TIMES = 3
const AIM = { atMost: 5 }

/**
 * From the start of a killed hospital, with geth and Kubo and a million batches in its journal, until it says that it
 * is ready.
 */
export async function start(bench: ConsortiumBench): Promise<Finding> {
  const trio = await bench.trio()
  const hospital = trio.members.at(-1)?.hospital
  if (hospital === undefined) throw new Error('a consortium of nobody')
  await hospital.stop()
  const store = await openStore(
    { path: join(hospital.dir, 'data/journal'), reserveBytes: 0, keepMs: 0 },
    { log: createLog('bench-consortium', 'warn'), archive: { get: async () => undefined } },
  )
  const came = store.last + store.replicas
  await step(`${BATCHES.toLocaleString('en')} batches in a journal`, (tell) => filled(store, BATCHES, tell))
  await store.close()
  await hospital.start()
  const times: number[] = []
  for (let time = 1; time <= TIMES; time++) {
    await step(`kill and start, ${time} of ${TIMES}`, async () => {
      await hospital.kill()
      const began = performance.now()
      await hospital.start()
      times.push((performance.now() - began) / 1_000)
    })
  }
  return {
    figures: [
      {
        name: `start with ${BATCHES.toLocaleString('en')} batches in the journal`,
        measured: Math.max(...times),
        unit: 's',
        aim: AIM,
        note: `geth and Kubo too; worst of ${times.map((seconds) => seconds.toFixed(2)).join(', ')} s after kill -9; ${came} of the batches came from devices`,
      },
    ],
  }
}

/** Index as many as are missing, as if other hospitals had anchored them. */
async function filled(store: Store, count: number, tell: (how: string) => void): Promise<void> {
  const device = toHex(randomBytes(20)) as string as Address
  const incarnations = Array.from({ length: SEQUENCES }, () => toHex(randomBytes(8)) as string as Incarnation)
  const from = (Date.now() - 60_000) as UnixMs
  const label = formatLabel({ category: 'vitals', month: monthOf(from), generation: 0 })
  const bytes = new Uint8Array(SEALED_BYTES)
  const common = {
    device,
    label,
    prev: undefined,
    from,
    to: (from + 59_000) as UnixMs,
    isDated: true,
    priority: 'vitals',
    capsule: bytes,
    wrappedKey: bytes,
  } as const
  for (let at = store.last + store.replicas; at < count; at = store.last + store.replicas) {
    const some = Array.from({ length: Math.min(TOGETHER, count - at) }, (_, index): GenuineBatch => {
      const incarnation = incarnations[(at + index) % SEQUENCES]
      if (incarnation === undefined) throw new RangeError('no sequence')
      const header = { ...common, incarnation, sequence: Math.floor((at + index) / SEQUENCES) }
      return {
        bytes,
        header,
        digest: randomBytes(32),
        leafHash: randomBytes(32),
        at: from,
      }
    })
    await Promise.all(some.map((batch) => store.replicate(batch)))
    tell((at + some.length).toLocaleString('en'))
  }
}
