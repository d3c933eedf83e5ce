import type { I2cTransfers } from '@hygeia/agent/hal/i2c'
import { Lock, lockedDevice } from '@hygeia/agent/hal/locked-device'
import t from 'tap'

t.test('an exclusive sequence is not interleaved with other transfers on the bus', async (t) => {
  const log: string[] = []
  const pause = Promise.withResolvers<void>()
  const transfersOf = (name: string) =>
    ({
      write: async () => void log.push(`${name} write`),
      read: async () => {
        log.push(`${name} read`)
        return new Uint8Array()
      },
    }) as Partial<I2cTransfers> as I2cTransfers
  const lock = new Lock()
  const [hub, other] = [
    lockedDevice(0x55, transfersOf('hub'), lock),
    lockedDevice(0x48, transfersOf('other'), lock),
  ]

  const sequence = hub.exclusively(async (transfers) => {
    await transfers.write(Uint8Array.of(0, 0))
    await pause.promise
    return transfers.read(1)
  })
  const read = other.read(1)
  pause.resolve()
  await Promise.all([sequence, read])
  t.same(log, ['hub write', 'hub read', 'other read'])
})

t.test('a sequence that fails lets the next one through', async (t) => {
  const lock = new Lock()
  const failing = lock.run(() => Promise.reject(new Error('NACK')))
  const next = lock.run(async () => 'done')
  await t.rejects(failing, { message: 'NACK' })
  t.equal(await next, 'done')
})
