import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import t from 'tap'
import { z } from 'zod'
import { HospitalClient } from '../../../src/hospital/client.ts'
import { know } from '../../../src/hospital/known.ts'
import type { Fetch } from '../../../src/hospital/transport.ts'
import { randomBytes } from '../../../src/random.ts'
import { TestClock } from '../../support/clock.ts'
import { BASE } from '../../support/hospital.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const { signer } = identityOf(wordsOf(randomBytes(32)))

const logIns = () => hospital.asked.filter((line) => line === 'POST /v1/session').length
const answering =
  (response: () => Response): Fetch =>
  async () =>
    response()
const clientOf = (fetch: Fetch) => new HospitalClient({ base: BASE, fetch })

t.test('one log-in serves many requests', async (t) => {
  const known = await world.known()
  const account = known.client.as(signer, known.realm)
  const before = logIns()
  await Promise.all([account.grants(), account.grants()])
  await account.grants()
  t.equal(logIns() - before, 1)
})

t.test('a session is renewed before it ends', async (t) => {
  const clock = new TestClock(world.now)
  const known = await world.known(hospital, clock)
  const account = known.client.as(signer, known.realm)
  await account.grants()
  const before = logIns()
  clock.pass(14 * 60_000)
  await account.grants()
  t.equal(logIns() - before, 0, 'a minute before its end it is still good')
  clock.pass(45_000)
  await account.grants()
  t.equal(logIns() - before, 1)
})

t.test('a session that the hospital forgot is renewed once', async (t) => {
  const known = await world.known()
  const account = known.client.as(signer, known.realm)
  await account.grants()
  hospital.endSessions()
  t.same(await account.grants(), [])
})

t.test('a refusal says what the hospital said and what to do', async (t) => {
  const problem = { title: 'Too many', detail: 'Too many statements', code: 'SIGNER_LIMIT' }
  const client = clientOf(answering(() => Response.json(problem, { status: 429 })))
  await t.rejects(client.realm(), {
    code: 'REFUSED',
    detail: { status: 429, problem: 'SIGNER_LIMIT' },
    message: /Too many statements.*wait a minute/,
  })
})

t.test('a refusal that is no problem document is told by its status', async (t) => {
  const client = clientOf(answering(() => new Response('<html>', { status: 503 })))
  await t.rejects(client.realm(), { detail: { problem: 'HTTP_503' }, message: /try again shortly/ })
})

t.test('a hospital that is away is named', async (t) => {
  const client = clientOf(() =>
    Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
  )
  await t.rejects(client.realm(), { code: 'UNREACHABLE', message: /ECONNREFUSED/ })
})

t.test('an answer of another shape is not believed', async (t) => {
  for (const body of ['', '{}', '[]', '{"chainId":"7"}']) {
    const client = clientOf(answering(() => new Response(body)))
    await t.rejects(client.realm(), { code: 'BAD_ANSWER' }, body)
  }
  const known = await world.known()
  hospital.lies.block = () => undefined
  const account = known.client.as(signer, known.realm)
  t.same(await account.blocks(['bafynot']), [undefined])
  delete hospital.lies.block
})

t.test('a slow chain is waited for with the same statement', async (t) => {
  let calls = 0
  const bodies: unknown[] = []
  const client = clientOf(async (_url, { body }) => {
    bodies.push(body)
    if (++calls < 3) return Response.json({ code: 'RELAY_TIMEOUT' }, { status: 503 })
    return Response.json({ transaction: `0x${'11'.repeat(32)}`, blockNumber: 3 })
  })
  const message = { patient: signer.address, nonce: 2n ** 255n, deadline: 1 }
  const answer = await client.relay({ kind: 'register-patient', message, signature: '0x00' })
  t.equal(answer.blockNumber, 3)
  t.equal(new Set(bodies).size, 1)
  const sent = z
    .looseObject({ message: z.looseObject({ nonce: z.string() }) })
    .parse(JSON.parse(String(bodies[0])))
  t.equal(sent.message.nonce, (2n ** 255n).toString())
})

t.test('a hospital that is another than before is refused', async (t) => {
  const { pinned, client } = await world.known()
  const others = [
    { chainId: pinned.chainId + 1 },
    { directory: signer.address },
    {
      genesis: pinned.genesis.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) as typeof pinned.genesis,
    },
    { hospital: signer.address },
  ]
  for (const other of others) {
    await t.rejects(know(client, { pinned: { ...pinned, ...other } }), {
      code: 'REALM_CHANGED',
      detail: { field: Object.keys(other)[0] },
    })
  }
  t.same((await know(client, { pinned })).pinned, pinned)
})

t.test('a hospital whose keys are not those on the chain is refused', async (t) => {
  const { client } = await world.known()
  t.teardown(() => {
    delete hospital.lies.realm
  })
  for (const realm of [{ receiptKey: signer.address }, { proxyKey: `0x02${'11'.repeat(32)}` }]) {
    hospital.lies.realm = realm
    await t.rejects(know(client), { code: 'KEY_SUBSTITUTED' })
  }
})

t.test('the chain is read through an ethers provider', async (t) => {
  const { provider, realm } = await world.known()
  t.equal((await provider.getNetwork()).chainId, BigInt(realm.chainId))
  t.equal((await provider.getBlock(0))?.hash, realm.genesis)
  await t.rejects(provider.call({ to: realm.directory, data: '0x12345678' }))
})
