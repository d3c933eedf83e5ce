import { Max32664Chip } from '@hygeia/agent/simulation/max32664-chip'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

const signal = new AbortController().signal

/** A hub as on the bench of its guide, and a host that speaks bytes. */
async function bench({ depth = 32 } = {}) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  const reads: string[] = []
  const afterOverflow: boolean[] = []
  const chip = new Max32664Chip(
    {
      resetLine: 17,
      mfioLine: 27,
      version: [10, 1, 0],
      confidence: 99,
      depth,
      heartRate: () => 63,
      spo2: () => 99.6,
    },
    {
      clock,
      gpio,
      onRead: (report, isAfterOverflow) => {
        reads.push(Buffer.from(report).toString('hex'))
        afterOverflow.push(isAfterOverflow)
      },
    },
  )
  chip.powerOn()
  const pass = (ms: number) => sleep(clock, ms, signal)
  const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex')
  const ask = async (command: string, length: number, delayMs = 2) => {
    if (!chip.receive(Buffer.from(command, 'hex'))) return undefined
    await pass(delayMs)
    return hex(chip.transmit(length))
  }
  return { ask, chip, gpio, hex, pass, reads, afterOverflow }
}

async function running(options?: { depth: number }) {
  const hub = await bench(options)
  await hub.pass(1_000)
  for (const [command, delayMs] of [
    ['100002', 2],
    ['100101', 2],
    ['520001', 20],
    ['440301', 40],
    ['520201', 40],
  ] as const) {
    const status = await hub.ask(command, 1, delayMs)
    if (status !== '00') throw new Error(`${command} was answered ${status}`)
  }
  return hub
}

t.test('a starting hub acknowledges nothing for a second', async (t) => {
  const { ask, pass, gpio } = await bench()
  await pass(999)
  t.equal(await ask('0200', 2), undefined)
  await pass(1)
  t.equal(await ask('0200', 2), '0000', 'then it runs its application')
  gpio.drive(17, 0)
  t.equal(await ask('0200', 2), undefined, 'nor while it is held in reset')
  gpio.drive(17, 1)
  await pass(999)
  t.equal(await ask('0200', 2), undefined)
  await pass(1)
  t.equal(await ask('0200', 2), '0000')
})

// UG6806 Rev 3 tables 6 and 10.
t.test('it answers what the guide says', async (t) => {
  const { ask, pass } = await bench()
  await pass(1_000)
  t.equal(await ask('ff00', 2), '0001', 'MAX32660/MAX32664')
  t.equal(await ask('ff03', 4), '000a0100', 'version 10.1.0')
  t.equal(await ask('100100', 1), '04', 'a threshold of 0 is an illegal value')
  t.equal(await ask('1001', 1), '03', 'a byte short')
  t.equal(await ask('7777', 1), '01', 'an illegal family')
  t.equal(await ask('1200', 2), '0000', 'no samples before the algorithm runs')
})

t.test('asked too early it is busy, and later it is not', async (t) => {
  const { chip, hex, pass, ask } = await bench()
  await pass(1_000)
  chip.receive(Uint8Array.of(0x02, 0x00))
  t.equal(hex(chip.transmit(2)), 'fe00')
  await pass(2)
  t.equal(hex(chip.transmit(2)), '0000')
  t.equal(await ask('440301', 1, 39), 'fe', 'enabling the optical sensor takes 40 ms')
})

t.test('the FIFO fills at 100 Hz and gives its oldest first, in the bytes of the guide', async (t) => {
  const { ask, pass, reads } = await running()
  await pass(10)
  t.equal(await ask('0000', 2), '0008', 'DataRdyInt')
  const count = Number.parseInt((await ask('1200', 2))?.slice(2) ?? '', 16)
  t.ok(count >= 1 && count <= 6, `${count} reports`)
  // UG6806 Rev 3 table 8: 63.0 /min, 99 %, 99.6 %, state 3.
  t.equal(await ask('1201', 1 + 6 * count), `00${'0276 63 03e4 03'.replaceAll(' ', '').repeat(count)}`)
  t.same(reads, ['02766303e403'])
  t.equal(await ask('1200', 2, 2), '0000', 'taken out')
})

t.test('a FIFO that overflows says so once', async (t) => {
  const { ask, pass, afterOverflow } = await running({ depth: 4 })
  await pass(1_000)
  t.equal(await ask('0000', 2), '0018')
  t.equal(await ask('0000', 2), '0008')
  t.equal(await ask('1200', 2), '0004')
  await ask('1201', 1 + 6 * 4)
  await pass(10)
  await ask('1201', 1 + 6)
  t.same(afterOverflow, [true, false], 'what is read then was there before the host looked')
})

t.test('MFIO low at the end of reset starts the bootloader', async (t) => {
  const { ask, pass, gpio } = await bench()
  gpio.drive(17, 0)
  gpio.drive(27, 0)
  await pass(10)
  gpio.drive(17, 1)
  await pass(1_000)
  t.equal(await ask('0200', 2), '0008')
  t.equal(await ask('1200', 2), '0100', 'which knows no algorithm')
})
