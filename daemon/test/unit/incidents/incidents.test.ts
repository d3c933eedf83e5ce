import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { Incidents } from '../../../src/incidents/incidents.ts'
import { CAST } from '../../corpus/world.ts'

const { device, other } = CAST

async function open(t: Test, path?: string, limit = 100) {
  const dir = path ?? (await mkdtemp(join(tmpdir(), 'hygeia-incidents-')))
  if (path === undefined) t.teardown(() => rm(dir, { recursive: true }))
  const metrics = new Registry()
  const incidents = new Incidents(
    { path: dir, limit, reserveBytes: 0 },
    { clock: systemClock, log: pino({ level: 'silent' }), metrics },
  )
  await incidents.start()
  return { dir, incidents, metrics }
}

t.test('counts each refusal and records the same ones together', async (t) => {
  const { incidents, metrics } = await open(t)
  t.teardown(() => incidents.stop())
  for (let round = 0; round < 3; round++) {
    incidents.note({ door: 'mqtt', reason: 'BAD_SIGNATURE', device: device.address })
  }
  incidents.note({ door: 'mqtt', reason: 'BAD_SIGNATURE', device: other.address })
  incidents.note({ door: 'coap', reason: 'MALFORMED' })
  const recorded = await incidents.recent(10)
  t.match(recorded, [
    { door: 'coap', reason: 'MALFORMED', device: undefined, count: 1 },
    { door: 'mqtt', reason: 'BAD_SIGNATURE', device: other.address, count: 1 },
    { door: 'mqtt', reason: 'BAD_SIGNATURE', device: device.address, count: 3 },
  ])
  t.ok(recorded.every(({ first, last }) => first <= last))
  t.match(await metrics.metrics(), /hygeia_refusals_total\{door="mqtt",reason="BAD_SIGNATURE"\} 4/)
})

t.test('keeps the newest records, across restarts', async (t) => {
  const { dir, incidents } = await open(t, undefined, 5)
  for (let number = 0; number < 12; number++) {
    incidents.note({ door: 'mqtt', reason: `R${number}` })
    if (number % 3 === 0) await incidents.flush()
  }
  await incidents.stop()
  const again = await open(t, dir, 5)
  t.teardown(() => again.incidents.stop())
  again.incidents.note({ door: 'mqtt', reason: 'R12' })
  const recorded = await again.incidents.recent(100)
  t.same(
    recorded.map(({ reason }) => reason),
    ['R12', 'R11', 'R10', 'R9', 'R8'],
  )
})

t.test('a flood of different senders is a few records', async (t) => {
  const { incidents } = await open(t, undefined, 10_000)
  t.teardown(() => incidents.stop())
  for (let number = 0; number < 5_000; number++) {
    const address = `0x${number.toString(16).padStart(40, '0')}` as typeof device.address
    incidents.note({ door: 'coap', reason: 'UNKNOWN_DEVICE', device: address })
  }
  const recorded = await incidents.recent(10_000)
  t.ok(recorded.length < 300, `${recorded.length} records`)
  t.equal(
    recorded.reduce((sum, { count }) => sum + count, 0),
    5_000,
    'yet each one is counted',
  )
})
