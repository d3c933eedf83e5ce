import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { PutPins } from '../../../src/ipfs/kubo/put-pins.ts'
import { Disk } from '../../../src/store/disk.ts'
import { scratch } from '../support/scratch.ts'

const log = pino({ level: 'silent' })
const digests = (count: number) => Array.from({ length: count }, () => randomBytes(32))
const hex = (lists: readonly Uint8Array[]) => lists.map((list) => Buffer.from(list).toString('hex'))

async function open(t: Test, path: string): Promise<PutPins> {
  const pins = new PutPins(new Disk({ path, reserveBytes: 0 }, { log }))
  await pins.open()
  t.teardown(() => pins.close())
  return pins
}

t.test('a list is done once manifests keep all that it kept', async (t) => {
  const pins = await open(t, await scratch(t))
  const [one = randomBytes(32), two = randomBytes(32)] = digests(2)
  const first = digests(3)
  const second = digests(3)
  await pins.add(one, first)
  await pins.add(two, second)
  t.same(await pins.cover(first.slice(0, 2)), [], 'one is left')
  t.same(hex(await pins.cover([...first.slice(2), ...second.slice(0, 1)])), hex([one]))
  t.same(hex(await pins.cover([])), hex([one]), 'told again until it is dropped')
  await pins.drop([one])
  t.equal(pins.count, 1)
  t.same(hex(await pins.cover(second)), hex([two]))
})

t.test('a block that two lists keep counts for both', async (t) => {
  const pins = await open(t, await scratch(t))
  const [one = randomBytes(32), two = randomBytes(32)] = digests(2)
  const [shared = randomBytes(32), other = randomBytes(32)] = digests(2)
  await pins.add(one, [shared])
  await pins.add(two, [shared, other])
  t.same(hex(await pins.cover([shared])), hex([one]))
  await pins.drop([one])
  t.same(hex(await pins.cover([other])), hex([two]))
})

t.test('what is left is known after a restart', async (t) => {
  const path = await scratch(t)
  const [list = randomBytes(32)] = digests(1)
  const kept = digests(4)
  const before = new PutPins(new Disk({ path, reserveBytes: 0 }, { log }))
  await before.open()
  await before.add(list, kept)
  await before.cover(kept.slice(0, 2))
  await before.close()
  const pins = await open(t, path)
  t.same(await pins.cover(kept.slice(2, 3)), [])
  t.same(hex(await pins.cover(kept.slice(3))), hex([list]))
  await pins.drop([list])
  await pins.close()
  t.equal((await open(t, path)).count, 0)
})
