import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import type { LateDoor } from '../../../src/chain/late-doors.ts'
import { hospitalChain } from '../../../src/chain/provider.ts'
import { Transport } from '../../../src/hospital/transport.ts'

const NOW_SEC = 1_800_000_000
const clock = { now: () => (NOW_SEC * 1_000) as UnixMs, sleep: async () => {} }

/** Hospitals whose heads are so many seconds old, that are away, or whose node is lost once it was looked at. */
function chainOf(ages: readonly (number | 'away' | 'lost')[]) {
  const asked: number[] = []
  const late: LateDoor[] = []
  const transports = ages.map((age, index) => {
    const fetch = async (_url: string, { body }: RequestInit) => {
      if (age === 'away') throw new Error('no route')
      const { id, method } = JSON.parse(String(body))
      if (method === 'eth_call') asked.push(index)
      if (age === 'lost' && method === 'eth_call') {
        const error = { code: -32603, message: 'the chain does not answer' }
        return new Response(JSON.stringify({ jsonrpc: '2.0', id, error }))
      }
      const result =
        method === 'eth_call'
          ? '0x01'
          : { timestamp: `0x${(NOW_SEC - (age === 'lost' ? 0 : age)).toString(16)}` }
      return new Response(JSON.stringify({ jsonrpc: '2.0', id, result }))
    }
    return new Transport({ base: `https://${index}.example`, fetch })
  })
  const chain = hospitalChain(transports, 1, { clock, onLate: (door) => late.push(door) })
  t.teardown(() => chain.destroy())
  return { ask: () => chain.send('eth_call', [{}, 'latest']), asked, late }
}

const cases = [
  { of: [10, 5, 0], asked: 0, late: [], what: 'a few seconds are nothing' },
  { of: [3_600, 5, 0], asked: 1, late: [[0, 3_600]], what: 'the first shows an old chain' },
  { of: [3_600, 'away', 0], asked: 2, late: [[0, 3_600]], what: 'and the second is away' },
  { of: ['away', 0], asked: 1, late: [], what: 'who is away is asked last' },
  { of: [0, -3_600], asked: 0, late: [[1, -3_600]], what: 'one from the future makes nobody late' },
  {
    of: [-3_600, -3_600],
    asked: 0,
    late: [
      [0, -3_600],
      [1, -3_600],
    ],
    what: 'unless our own clock is wrong',
  },
  { of: [3_600, 3_590], asked: 0, late: [], what: 'a chain that stands still for all is shown' },
  { of: [3_600], asked: 0, late: [], what: 'and so is that of the only one' },
] as const

for (const { of, asked, late, what } of cases) {
  t.test(what, async (t) => {
    const chain = chainOf(of)
    t.equal(await chain.ask(), '0x01')
    t.same(chain.asked, [asked])
    t.same(
      chain.late,
      late.map(([index, behindSec]) => ({ base: `https://${index}.example`, behindSec })),
    )
  })
}

t.test('a hospital whose node does not answer is passed over, as long as there is another', async (t) => {
  const chain = chainOf(['lost', 0])
  t.equal(await chain.ask(), '0x01')
  t.equal(await chain.ask(), '0x01')
  t.same(chain.asked, [0, 1, 1], 'and the one that answered is asked first from then on')
  const alone = chainOf(['lost'])
  await t.rejects(alone.ask(), { code: 'CALL_EXCEPTION' })
  t.same(alone.asked, [0], 'the last one is taken at its word')
})
