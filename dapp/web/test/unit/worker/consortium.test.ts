import { HospitalClient } from '@hygeia/dapp/hospital/client'
import type { Pinned } from '@hygeia/dapp/hospital/known'
import type { Fetch } from '@hygeia/dapp/hospital/transport'
import type { Hex32 } from '@hygeia/protocol/ids'
import t from 'tap'
import { World } from '../../../../test/support/world.ts'
import type { Kept } from '../../../store/kept.ts'
import { type RememberedHospitals, reachConsortium } from '../../../worker/consortium.ts'

const world = await World.start(3)
t.teardown(() => world.stop())
const bases = ['https://first.example', 'https://second.example', 'https://third.example']
for (const [index, hospital] of world.hospitals.entries()) hospital.base = bases[index] ?? ''
const [first, second, third] = world.hospitals
if (first === undefined || second === undefined || third === undefined) throw new Error('three hospitals')

const fetch: Fetch = (url, init) => {
  const hospital = world.hospitals.find(({ base }) => url.startsWith(base))
  return hospital === undefined ? Promise.reject(new TypeError('nobody')) : hospital.fetch(url, init)
}

/** One text of a browser's database. */
function kept<T>() {
  let held: T | undefined
  return {
    read: async () => held,
    write: async (value: T) => {
      held = value
    },
  }
}

/** A browser that came to the first hospital; each visit is a worker of its own. */
function browser() {
  const pinned = kept<Pinned>() as unknown as Kept<typeof Pinned>
  const remembered = kept() as unknown as Kept<typeof RememberedHospitals>
  return async () => {
    const client = new HospitalClient({ base: bases[0] ?? '', fetch })
    const { home, others, unreached } = await reachConsortium({ client, fetch, pinned, remembered })
    const names = others.map(({ client: there }) => `${there.transport.base}${there.wasAway ? ' away' : ''}`)
    return { home: home.client.transport.base, others: names.sort(), unreached: unreached.length }
  }
}

t.afterEach(() => {
  for (const { lies } of world.hospitals) delete lies.reach
})

t.test('one hospital is a consortium of one, until it says who else there is', async (t) => {
  const visit = browser()
  t.same(await visit(), { home: bases[0], others: [], unreached: 0 })
  for (const hospital of [second, third]) first.hear(hospital.stated(`0x${'00'.repeat(32)}` as Hex32))
  third.lies.reach = 'away'
  t.same(await visit(), { home: bases[0], others: [bases[1]], unreached: 1 }, 'never seen: not dealt to')
  delete third.lies.reach
  t.same(await visit(), { home: bases[0], others: [bases[1], bases[2]], unreached: 0 })
  third.lies.reach = 'away'
  t.same(
    await visit(),
    { home: bases[0], others: [bases[1], `${bases[2]} away`], unreached: 0 },
    'known by its keys while it is away',
  )
})

t.test('another stands in for the hospital that served the page', async (t) => {
  const visit = browser()
  await visit()
  first.lies.reach = 'away'
  const { home, others } = await visit()
  t.equal(home, bases[1])
  t.same(others, [`${bases[0]} away`, bases[2]])
  second.lies.reach = 'away'
  third.lies.reach = 'away'
  await t.rejects(visit(), { code: 'UNREACHABLE' })
})
