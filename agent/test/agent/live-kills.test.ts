import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { LedgerEntry } from '../../src/simulation/ledger.ts'
import { SENSORS, TestAgent } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const KILLS = 5
t.setTimeout(KILLS * 60_000)

// A minute and more of real time: only in the long run.
const skip = process.env.HYGEIA_SOAK !== '1' && 'real time; HYGEIA_SOAK=1 runs it'

t.test('in real time, too, a kill costs at most two seconds of samples', { skip }, async (t) => {
  const { folder, patient, hospital, pinned } = await makeSetting(t)
  const ledgerFile = join(folder, 'ledger')
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: {
      sensors: SENSORS.slice(1, 2),
      simulation: { source: { kind: 'noise' }, ledgerFile },
      batch: { windowMs: { vitals: 5_000 } },
      logLevel: 'warn',
    },
  })
  t.teardown(() => agent.stop('SIGKILL'))
  const readLedger = async () => {
    const text = await readFile(ledgerFile, 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): LedgerEntry => JSON.parse(line))
  }
  const kills: number[] = []
  let counted = 0
  for (let kill = 0; kill <= KILLS; kill++) {
    agent.start()
    const target = counted + 4 + ((kill * 7) % 5)
    await until('the chip is read', async () => (await readLedger()).length >= target, 40_000)
    if (kill === KILLS) break
    await agent.stop('SIGKILL')
    kills.push(Date.now())
    counted = (await readLedger()).length
  }
  const last = kills.at(-1) ?? 0
  await until('what was before the last kill arrived', () =>
    hospital.batches.some(({ batch }) => batch.from > last),
  )
  await agent.stop('SIGKILL')
  const received = hospital.batches.flatMap(({ batch }) => {
    const { time, columns } = patient.open(batch)
    return columns.flatMap(({ samples }) => samples.map(({ at }) => at + (time.offsetMs ?? Number.NaN)))
  })
  t.equal(new Set(received).size, received.length, 'nothing twice')
  const ledger = (await readLedger()).filter(({ atUnixMs }) => atUnixMs < last)
  // A reading belongs to the tick just before it.
  const isReceived = (unix: number) => received.some((at) => at <= unix + 5 && at > unix - 500)
  const lost = ledger.filter(({ atUnixMs }) => !isReceived(atUnixMs))
  t.comment(`${ledger.length} readings before kills, ${lost.length} lost`)
  const early = lost.filter(
    ({ atUnixMs }) => !kills.some((kill) => kill - atUnixMs >= 0 && kill - atUnixMs < 2_100),
  )
  t.same(early, [], 'none but within two seconds before a kill')
})
