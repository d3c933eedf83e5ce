import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { alarmFromCode, causeName } from '@hygeia/protocol/alarm/alarm'
import t from 'tap'
import { SENSORS, TestAgent } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'

const MINUTES = 10
const START = Date.UTC(2025, 2, 31, 23, 55)

/** Ten minutes, one of them without a saturation. */
const rows = Array.from(
  { length: MINUTES },
  (_, minute) => `${minute},${70 + minute},${minute === 4 ? '' : 95}`,
)
const RECORDING = ['minute,heart_rate_bpm,spo2_percent', ...rows].join('\n')

for (const kind of ['mqtt', 'coap'] as const) {
  t.test(`a recording goes from the chips to its receipts over ${kind}, and the agent leaves`, async (t) => {
    const { folder, patient, hospital, pinned } = await makeSetting(t)
    const file = join(folder, 'recording.csv')
    await writeFile(file, RECORDING)
    const agent = await TestAgent.make({
      folder,
      patient,
      hospital: pinned,
      config: {
        sensors: SENSORS,
        simulation: {
          source: { kind: 'recording', file },
          feeds: { bell: { presses: [90_500] } },
          time: { startUnixMs: START, speed: 300 },
        },
        batch: { journalMs: 5_000 },
        uplink: { kind },
        status: { everyMs: 200 },
      },
    })
    agent.start()
    t.teardown(() => agent.stop('SIGKILL'))
    t.equal(await agent.ended(), 0, 'left by itself')

    const opened = hospital.batches.map(({ batch }) => ({ batch, content: patient.open(batch) }))
    const vitals = opened.filter(({ batch }) => batch.label.startsWith('vitals/'))
    t.same(
      vitals.map(({ batch }) => batch.label),
      [...Array(5).fill('vitals/2025-03/0'), ...Array(5).fill('vitals/2025-04/0')],
      'a batch a minute, under the label of its month',
    )
    t.same(
      vitals.map(({ batch }) => batch.from),
      Array.from({ length: MINUTES }, (_, minute) => START + minute * 60_000),
      'dated by when the samples were taken',
    )
    const pulses = vitals.map(
      ({ content }) => content.columns.find(({ channel }) => channel === 'pulse')?.samples,
    )
    t.same(
      pulses.map((samples) => samples?.length),
      Array(MINUTES).fill(60),
      'a sample each second',
    )
    t.same(
      pulses.map((samples) => samples?.[30]?.value),
      Array.from({ length: MINUTES }, (_, minute) => 70 + minute),
    )
    const spo2 = vitals[4]?.content.columns.find(({ channel }) => channel === 'spo2')?.samples
    t.equal(spo2?.[30]?.missing, 'ambiguous', 'what was missing is missing, with the hub’s reason')
    const alert = opened.find(({ batch }) => batch.label.startsWith('alert/'))
    t.equal(alert?.batch.from, START + 90_530, 'the button was pressed, and debounced')
    t.ok(
      alert && alert.batch.sequence < (vitals[1]?.batch.sequence ?? 0),
      'and left before its minute was over',
    )

    const alarms = opened
      .flatMap(({ content }) => content.columns.filter(({ channel }) => channel === 'alarm'))
      .flatMap(({ samples }) => samples.map(({ value = Number.NaN }) => alarmFromCode(value)))
      .map((state) => state && `${causeName(state.cause)} ${state.priority ?? 'over'}`)
    t.same(
      alarms.toSorted(),
      ['call high', 'spo2:no-data low', 'spo2:no-data over'],
      'who pressed is heard, and what was missing for a minute',
    )

    const chain = [...opened].map(({ batch }) => batch).sort((a, b) => a.sequence - b.sequence)
    t.same(
      chain.map(({ prev }) => prev && Buffer.from(prev.subarray(4)).toString('hex')),
      [undefined, ...chain.slice(0, -1).map(({ sequence }) => digestOf(sequence))],
      'each names the one before it',
    )
    function digestOf(sequence: number) {
      const found = hospital.batches.find(({ batch }) => batch.sequence === sequence)
      return found && Buffer.from(found.digest).toString('hex')
    }
    const labels = new Set(chain.map(({ label }) => label))
    const wrappedKeys = new Set(chain.map(({ wrappedKey }) => Buffer.from(wrappedKey).toString('hex')))
    t.equal(wrappedKeys.size, labels.size, 'one key for each label in a quarter of an hour')

    const status = await agent.status()
    t.match(status, {
      state: 'finished',
      delivery: { spool: { batches: 0 }, receipts: { count: 14, forged: 0 }, pipeline: { sealed: 14 } },
    })
    t.equal(hospital.badSignatures, 0)
    t.equal(
      hospital.batches.every(({ arrivals }) => arrivals === 1),
      true,
      'nothing was sent twice',
    )
  })
}
