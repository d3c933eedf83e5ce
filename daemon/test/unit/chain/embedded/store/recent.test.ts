import t from 'tap'
import { RecentBytes } from '../../../../../src/chain/embedded/store/recent.ts'

t.test('what was not used for longest goes first', async (t) => {
  const recent = new RecentBytes({ limitBytes: 3_500 })
  for (const key of ['a', 'b', 'c']) recent.set(key, new Uint8Array(900))
  recent.get('a')
  recent.set('d', new Uint8Array(900))
  t.same(
    ['a', 'b', 'c', 'd'].map((key) => recent.get(key) !== undefined),
    [true, false, true, true],
  )
})

t.test('it never holds more than it may, whatever comes', async (t) => {
  const recent = new RecentBytes({ limitBytes: 10_000 })
  for (let index = 0; index < 1_000; index++) {
    recent.set(`key ${index % 50}`, new Uint8Array((index * 37) % 700))
    t.ok(recent.bytes <= 10_000)
  }
  recent.set('too large', new Uint8Array(20_000))
  t.equal(recent.get('too large'), undefined)
  t.equal(recent.size, 0)
})
