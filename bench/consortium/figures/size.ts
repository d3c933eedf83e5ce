import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { residentMb } from '@hygeia/test/memory'
import type { Figure, Finding } from '../../report/figure.ts'
import type { ConsortiumBench } from '../context.ts'
import { loaded } from '../trio/load.ts'
import { PROGRAMS, processesOf } from '../trio/processes.ts'
import type { Trio } from '../trio/trio.ts'

/** What three hospitals are to carry, for long enough that geth writes more than once. */
const PER_SECOND = 200
const MEASURE_MS = 60_000
const MILLION = 1e6

/** How much a chain grows with what is anchored on it, and the memory that each program of a hospital takes. */
export async function size(bench: ConsortiumBench): Promise<Finding> {
  const trio = await bench.trio()
  const [first] = trio.members
  if (first === undefined) throw new Error('a consortium of nobody')
  const { provider } = first.known
  const before = { block: await provider.getBlockNumber(), bytes: await chainBytes(trio) }
  const pace = { kind: 'paced', perSecond: PER_SECOND } as const
  const label = `${PER_SECOND} batches a second, on a chain that is weighed`
  const { load } = await loaded(bench, trio, { pace, measureMs: MEASURE_MS, label })
  const last = await provider.getBlockNumber()
  let blockBytes = 0
  for (let number = before.block + 1; number <= last; number++) {
    const block: unknown = await provider.send('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    blockBytes += Number(Object(block).size)
  }
  const perMillion = (bytes: number) => ((bytes / load.sent) * MILLION) / 1_048_576
  const grown = (await chainBytes(trio)) - before.bytes
  return {
    figures: [
      {
        name: 'chain growth per million batches, blocks',
        measured: perMillion(blockBytes),
        unit: 'MB',
        note: `${load.sent} batches in ${last - before.block} blocks, at ${PER_SECOND}/s`,
      },
      {
        name: '  on the disk of one hospital',
        measured: perMillion(grown / trio.members.length),
        unit: 'MB',
        note: 'of geth’s folder, with every state kept',
      },
      ...(await memory(trio)),
    ],
  }
}

async function memory(trio: Trio): Promise<readonly Figure[]> {
  const hospitals = await processesOf(trio)
  return await Promise.all(
    PROGRAMS.map(async (program): Promise<Figure> => {
      const each = await Promise.all(hospitals.map((processes) => residentMb(processes[program])))
      return {
        name: `memory of ${program}`,
        measured: Math.max(...each),
        unit: 'MB',
        note: `resident, most of ${each.map((mb) => mb.toFixed(0)).join(', ')}`,
      }
    }),
  )
}

/** Bytes of all hospitals' chains. */
async function chainBytes({ members }: Trio): Promise<number> {
  const each = await Promise.all(members.map(({ hospital }) => bytesIn(join(hospital.dir, 'data/geth'))))
  return each.reduce((sum, bytes) => sum + bytes, 0)
}

/** Bytes that the files in a folder take on the disk. Those that go meanwhile count nothing. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const each = await Promise.all(
    files.map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  )
  return each.reduce((sum, bytes) => sum + bytes, 0)
}
