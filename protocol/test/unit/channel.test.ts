import t from 'tap'
import { CATEGORIES, CHANNELS, channelNamed, channelWithId } from '../../src/channel.ts'

t.test('channels are found by name and by number', async (t) => {
  for (const channel of CHANNELS) {
    t.equal(channelNamed(channel.name), channel)
    t.equal(channelWithId(channel.id), channel)
  }
  t.throws(() => channelNamed('mood'), { code: 'MALFORMED', message: 'channel: no channel is named "mood"' })
  t.throws(() => channelNamed('__proto__'), { code: 'MALFORMED' })
  t.throws(() => channelWithId(0), { code: 'MALFORMED' })
})

t.test('numbers on the wire are bytes, rise, and a range is one', async (t) => {
  const ids = CHANNELS.map(({ id }) => id)
  t.same(
    ids,
    [...new Set(ids)].sort((a, b) => a - b),
  )
  for (const { name, id, min, max, category, perUnit } of CHANNELS) {
    t.ok(id > 0 && id < 256 && min < max && perUnit >= 1, name)
    t.ok(CATEGORIES.includes(category), `${name} is of a category`)
  }
})

t.test('channels have the codes of DESIGN §1', async (t) => {
  const codes: Record<string, readonly string[]> = {
    'heart-rate': ['8867-4'],
    pulse: ['8889-8', '8867-4'],
    spo2: ['2708-6', '59408-5'],
    'respiratory-rate': ['9279-1'],
    systolic: ['8480-6'],
    diastolic: ['8462-4'],
    'body-temperature': ['8310-5'],
    'skin-temperature': ['39106-0'],
    'rr-interval': ['8637-1'],
  }
  for (const [name, loinc] of Object.entries(codes)) t.same(channelNamed(name).loinc, loinc, name)
  t.equal(channelNamed('ecg-i').mdc, 131_329)
  t.equal(channelNamed('ecg-ii').mdc, 131_330)
})
