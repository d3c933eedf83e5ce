import { Mlx90614Chip } from '@hygeia/agent/simulation/mlx90614-chip'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

function bench({ object = (): number | undefined => 28.01, address = 0x5a } = {}) {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const reads: string[] = []
  const chip = new Mlx90614Chip(
    { address },
    {
      clock,
      object,
      ambient: () => 28.27,
      onRead: (answer) => reads.push(Buffer.from(answer).toString('hex')),
    },
  )
  chip.powerOn()
  const word = (command: number, length = 3) => {
    chip.receive(Uint8Array.of(command))
    return Buffer.from(chip.transmit(length)).toString('hex')
  }
  return { chip, word, reads, pass: (ms: number) => sleep(clock, ms, new AbortController().signal) }
}

t.test('an answer is that of the datasheet, packet error code and all', async (t) => {
  const { word, reads, pass } = bench()
  await pass(1_000)
  // Melexis 3901090614, example of a read word.
  t.equal(word(0x07), 'd23a30')
  // As seen by a logic analyser, acassis.wordpress.com/2018/10.
  t.equal(word(0x06), 'df3acf')
  t.same(reads, ['07d23a30', '06df3acf'])
})

t.test('the ends of the range are the words of the datasheet', async (t) => {
  for (const [object, bytes] of [
    [-100, 'ad27'],
    [-70.01, 'ad27'],
    [382.19, 'ff7f'],
    [1_000, 'ff7f'],
  ] as const) {
    const { word, pass } = bench({ object: () => object })
    await pass(1_000)
    t.equal(word(0x07, 2), bytes, `${object} °C`)
  }
})

t.test('RAM is empty until the first result, and again after power was lost', async (t) => {
  const { chip, word, pass } = bench()
  t.equal(word(0x07, 2), '0000')
  await pass(270)
  t.equal(word(0x07, 2), 'd23a')
  chip.powerOff()
  chip.powerOn()
  t.same([word(0x06, 2), word(0x07, 2)], ['0000', '0000'])
})

t.test('what cannot be calculated has its error flag set', async (t) => {
  const { word, pass } = bench({ object: () => undefined })
  await pass(1_000)
  t.equal(word(0x07, 2), '0080')
  t.equal(word(0x06, 2), 'df3a')
})

t.test('the EEPROM holds the address and is there from power-up', async (t) => {
  t.equal(bench().word(0x2e, 2), '5abe')
  t.equal(bench({ address: 0x33 }).word(0x2e, 2), '33be')
})

t.test('a disturbed answer has the code of the undisturbed one', async (t) => {
  const { chip, word, pass } = bench()
  await pass(1_000)
  chip.disturb(1)
  t.equal(word(0x07), 'c23a30')
  t.equal(word(0x07), 'd23a30')
})
