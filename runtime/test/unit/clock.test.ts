import { readFile } from 'node:fs/promises'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { isAbort, within } from '@hygeia/runtime/abort'
import { sleep, systemClock } from '@hygeia/runtime/clock'
import t from 'tap'

const never = new AbortController().signal

t.test('monotonic time is that of the boot, the same in every process', async (t) => {
  const uptimeMs = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1_000
  // Both count from boot; the kernel writes hundredths of a second.
  t.ok(Math.abs(systemClock.monotonic() - uptimeMs) < 1_000)
  const before = systemClock.monotonic()
  t.ok(systemClock.monotonic() >= before)
  t.ok(Math.abs(systemClock.now() - Date.now()) < 1_000)
})

t.test('a sleeper never wakes early', async (t) => {
  for (let round = 0; round < 20; round++) {
    const until = (systemClock.monotonic() + 1.5) as MonotonicMs
    await systemClock.sleepUntil(until, never)
    t.ok(systemClock.monotonic() >= until)
  }
  const before = systemClock.monotonic()
  await sleep(systemClock, 5, never)
  t.ok(systemClock.monotonic() >= before + 5)
})

t.test('time that is past is not waited for', async () => {
  await systemClock.sleepUntil(0 as MonotonicMs, never)
})

t.test(
  'whoever is told to stop wakes with the reason, before, during and over more than 25 days',
  async (t) => {
    const reason = new Error('lights out')
    const far = (systemClock.monotonic() + 2 ** 40) as MonotonicMs
    await t.rejects(systemClock.sleepUntil(far, AbortSignal.abort(reason)), reason)
    const abort = new AbortController()
    const asleep = systemClock.sleepUntil(far, abort.signal)
    setImmediate(() => abort.abort(reason))
    await t.rejects(asleep, reason)
  },
)

t.test('a signal aborts after its time, or with another', async (t) => {
  const late = within(1)
  // Its timer does not keep a program running; this does.
  while (!late.aborted) await sleep(systemClock, 1, never)
  t.ok(isAbort(late.reason), 'a timeout is an expected end')
  const abort = new AbortController()
  const joined = within(60_000, abort.signal)
  abort.abort()
  t.ok(joined.aborted)
  t.ok(isAbort(joined.reason), 'and so is being told to stop')
  t.notOk(isAbort(new Error('broken')))
  t.notOk(isAbort('AbortError'))
})
