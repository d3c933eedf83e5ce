import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import type { ChainInfo, Head } from '../../../src/chain/engine.ts'
import { ChainWatch } from '../../../src/chain/watch.ts'

t.test('a chain that stands still is told once, and again only after blocks came', async (t) => {
  const clock = new SimulatedClock({
    startUnix: 1_000_000 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Infinity,
  })
  let head = { number: 1, finalNumber: 0, at: clock.now() } as Head
  const stalls: number[] = []
  const lines: string[] = []
  const metrics = new Registry()
  const enough = Promise.withResolvers<void>()
  const engine = {
    info: { periodSec: 5 } as ChainInfo,
    get head() {
      const elapsedMs = clock.now() - 1_000_000
      // Blocks come for a minute, then none for two, then again.
      const isStalled = elapsedMs > 60_000 && elapsedMs < 180_000
      if (!isStalled && clock.now() - head.at >= 5_000)
        head = { ...head, number: head.number + 1, at: clock.now() }
      if (elapsedMs > 300_000) enough.resolve()
      return head
    },
    request: async ({ method }: { method: string }) =>
      method === 'net_peerCount' ? '0x2' : { sealerActivity: { '0xaa': 64 } },
  }
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  const watch = new ChainWatch({ engine, clock, log, metrics, onStall: () => stalls.push(clock.now()) })
  await watch.start()
  await enough.promise
  await watch.stop()
  t.equal(stalls.length, 1)
  const sinceMs = Number(stalls[0]) - 1_060_000
  t.ok(sinceMs > 14_000 && sinceMs <= 22_000, `after ${sinceMs} ms without blocks`)
  t.match(lines.join(''), /stands still.*"|"sealedLately":\{"0xaa":64\}/)
  t.match(lines.join(''), /blocks come again/)
  t.match(await metrics.metrics(), /hygeia_chain_peers 2/)
})
