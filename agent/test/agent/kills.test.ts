import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { LedgerEntry } from '../../src/simulation/ledger.ts'
import { SENSORS, TestAgent } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const KILLS = process.env.HYGEIA_SOAK === '1' ? 100 : 4
/** Simulated seconds a second. */
const SPEED = 60
const JOURNAL_MS = 1_000
/** What a kill may cost, in time of the samples. */
const LOSS_MS = 2 * JOURNAL_MS

/** What the thermometer handed out, by the second. */
async function readLedger(file: string): Promise<readonly { second: number; value: number }[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): LedgerEntry => JSON.parse(line))
    .filter(({ sensor }) => sensor === 'thermometer')
    .map(({ atMonotonicMs, bytes }) => ({
      second: Math.floor(atMonotonicMs / 1_000),
      value: Buffer.from(bytes, 'hex').readInt16BE() / 128,
    }))
}

t.jobs = 2
t.setTimeout(KILLS * 30_000)

for (const kind of ['mqtt', 'coap'] as const) {
  t.test(
    `${KILLS} kills cost at most two seconds of samples each, and double none, over ${kind}`,
    async (t) => {
      const { folder, patient, hospital, pinned } = await makeSetting(t)
      const ledgerFile = join(folder, 'ledger')
      const agent = await TestAgent.make({
        folder,
        patient,
        hospital: pinned,
        config: {
          sensors: SENSORS.slice(0, 2),
          simulation: {
            source: { kind: 'noise', seed: 7 },
            time: { startUnixMs: Date.UTC(2025, 0, 31, 23), speed: SPEED },
            ledgerFile,
          },
          batch: { journalMs: JOURNAL_MS },
          uplink: { kind },
          logLevel: 'warn',
        },
      })
      t.teardown(() => agent.stop('SIGKILL'))

      /** Seconds handed out in each run, up to its kill. */
      const runs: number[][] = []
      let counted = 0
      for (let kill = 0; kill < KILLS; kill++) {
        agent.start()
        const target = counted + randomInt(20, 100)
        await until('the chips are read', async () => (await readLedger(ledgerFile)).length >= target)
        await agent.stop('SIGKILL')
        const ledger = await readLedger(ledgerFile)
        runs.push(ledger.slice(counted).map(({ second }) => second))
        counted = ledger.length
      }
      const lastSecond = runs.at(-1)?.at(-1) ?? 0

      agent.start()
      const samplesOf = () =>
        hospital.batches.flatMap(({ batch }) =>
          patient
            .open(batch)
            .columns.filter(({ channel }) => channel === 'skin-temperature')
            .flatMap(({ samples }) => samples),
        )
      const newest = () =>
        Math.max(0, ...hospital.batches.map(({ batch }) => batch.to - Date.UTC(2025, 0, 31, 23)))
      // From the start of the clock to the first sample are 5 s.
      await until('what was journaled arrived', () => newest() > (lastSecond + 60) * 1_000)
      await agent.stop('SIGKILL')

      const samples = samplesOf()
      const handedOut = new Map((await readLedger(ledgerFile)).map(({ second, value }) => [second, value]))
      const received = new Map(samples.map((sample) => [Math.floor(sample.at / 1_000), sample]))
      t.equal(received.size, samples.length, 'no second came twice')
      const invented = [...received].filter(
        ([second, { value }]) => value !== undefined && handedOut.get(second) !== value,
      )
      t.same(invented, [], 'every value is what the chip handed out then')
      const late = runs.flatMap((run) => {
        const end = run.at(-1) ?? 0
        return run.filter((second) => !received.has(second) && (end - second) * 1_000 >= LOSS_MS)
      })
      t.same(late, [], 'nothing is lost but the last two seconds of a run')
      const lost = runs.flat().filter((second) => !received.has(second)).length
      t.ok(runs.flat().length > 20 * KILLS)
      t.comment(`${runs.flat().length} readings handed out before kills, ${lost} lost`)
      t.equal(hospital.badSignatures, 0)

      const names = hospital.batches.map(({ batch }) => `${batch.incarnation} ${batch.sequence}`)
      t.equal(new Set(names).size, names.length, 'no sequence was used twice')
      t.equal(new Set(hospital.batches.map(({ batch }) => batch.incarnation)).size, 1, 'it is the same spool')
    },
  )
}
