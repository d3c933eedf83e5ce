import { randomBytes } from 'node:crypto'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import t from 'tap'
import { startHospital } from './support/hospital.ts'

const hospital = await startHospital()
t.teardown(() => hospital.destroy())
const token = hospital.operatorToken
const ask = (path: string, json?: unknown) =>
  hospital.client.ask(path, { token, ...(json === undefined ? {} : { json }) })
const address = () => toHex(randomBytes(20)) as string as Address
const hex32 = () => toHex(randomBytes(32)) as string as Hex32
const card = {
  operator: address(),
  anchor: address(),
  relay: address(),
  receipt: address(),
  validator: address(),
  proxyKeyDigest: hex32(),
  api: 'https://127.0.0.1:9443',
  ca: hospital.tls.ca,
}
const own = hospital.hospital.operator
const balance = async (account: Address) =>
  BigInt(String(await hospital.engine.request({ method: 'eth_getBalance', params: [account, 'latest'] })))

t.test('only the operator sees and decides who is in the consortium', async (t) => {
  for (const path of ['/v1/operator/hospitals', '/v1/operator/card', '/v1/operator/invitation']) {
    t.match(await hospital.client.ask(path, {}), { status: 401, json: { code: 'OPERATOR_ONLY' } })
  }
  t.match(await ask('/v1/operator/hospitals'), {
    json: { hospitals: [{ operator: own, status: 'active', isOwn: true }] },
  })
  t.match(await ask('/v1/operator/card'), { json: { ...hospital.hospital } })
  t.match(await ask('/v1/operator/invitation'), { status: 409, json: { code: 'NO_SWARM' } })
})

t.test(
  'with one hospital its own vote admits another, which can pay for its transactions then',
  async (t) => {
    const { json } = await ask('/v1/operator/hospitals/admission', card)
    t.match(json, { voted: { votes: 1, majority: 1, isCarried: true } })
    for (const account of [card.operator, card.anchor, card.relay]) t.ok((await balance(account)) > 0n)
    t.equal(await balance(card.receipt), 0n, 'a key that only signs needs none')
    const { hospitals } = (await ask('/v1/operator/hospitals')).json as { hospitals: { operator: string }[] }
    t.match(
      hospitals.find(({ operator }) => operator === card.operator),
      { status: 'active', api: card.api, isOwn: false, isAnswering: false },
    )
    const elsewhere = { ...card, api: 'https://127.0.0.1:9444' }
    t.match(await ask('/v1/operator/hospitals/admission', elsewhere), { json: { voted: null } }, 'it moved')
  },
)

t.test('with two hospitals one vote decides nothing, and cannot be cast twice', async (t) => {
  const third = {
    ...card,
    ...{ operator: address(), anchor: address(), relay: address(), receipt: address() },
  }
  const first = await ask('/v1/operator/hospitals/admission', third)
  t.match(first.json, { voted: { votes: 1, majority: 2, isCarried: false } })
  t.equal(await balance(third.operator), 0n)
  const refused = { status: 409, json: { code: 'CONTRACT_REFUSED', contractError: 'DirectoryAlreadyVoted' } }
  t.match(await ask('/v1/operator/hospitals/admission', third), refused)
  const path = `/v1/operator/hospitals/${card.operator}/suspension`
  t.match((await hospital.client.ask(path, { token, method: 'POST' })).json, { votes: 1, isCarried: false })
})

t.test('hospitals ask each other what they hold, and are told nothing that is not so', async (t) => {
  t.match((await hospital.client.ask('/v1/consortium', {})).json, { hospital: own, ipfs: [] })
  const named = { root: hex32(), origin: own }
  const asked = await hospital.client.ask('/v1/consortium/holdings', {
    json: { nonce: hex32(), manifests: [named] },
  })
  t.same(asked.json, { answers: [{ ...named, holding: null, anchor: null }] })
  const many = { nonce: hex32(), manifests: Array.from({ length: 65 }, () => named) }
  t.match(await hospital.client.ask('/v1/consortium/holdings', { json: many }), { status: 400 })
})
