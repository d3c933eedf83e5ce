import { fromHex } from '@hygeia/protocol/ids'
import { keySigner, recoverAddress, toContractSignature } from '@hygeia/protocol/signature'
import { getAddress, hashMessage } from 'ethers'
import { Registry } from 'prom-client'
import { SiweMessage } from 'siwe'
import t from 'tap'
import { Sessions } from '../../../src/session/sessions.ts'
import { HandClock } from '../support/hand-clock.ts'

const chainId = 31_337
const domain = 'hospital.example:8443'

function open(status: 'registered' | 'active' | 'suspended' = 'registered', limit?: number) {
  const clock = new HandClock()
  const accounts = {
    patient: async () => ({ status: 'registered' }),
    physician: async () => ({ status, keyDigest: `0x${'00'.repeat(32)}` as never }),
  }
  const deps = { accounts, clock, recover: recoverAddress, metrics: new Registry() }
  return {
    clock,
    sessions: new Sessions({ domains: () => [domain], chainId, ...(limit && { limit }) }, deps),
  }
}

const signer = keySigner(new Uint8Array(32).fill(7))
const other = keySigner(new Uint8Array(32).fill(8))

function signed(nonce: string, by = signer) {
  const message = new SiweMessage({
    domain,
    address: getAddress(by.address),
    uri: `https://${domain}`,
    version: '1',
    chainId,
    nonce,
    issuedAt: '2026-06-01T00:00:00.000Z',
  }).prepareMessage()
  return { message, signature: toContractSignature(by.sign(fromHex(hashMessage(message)))) }
}

t.test('a session lasts fifteen minutes', async (t) => {
  const { clock, sessions } = open()
  const { token, session } = await sessions.signIn(signed(sessions.nonce()))
  t.equal(session.account, signer.address)
  t.equal(session.expires, clock.now() + 900_000)
  clock.forward(899_999)
  t.ok(sessions.find(token))
  clock.forward(1)
  t.equal(sessions.find(token), undefined)
})

t.test('an account is what the Directory says of it', async (t) => {
  for (const [status, roles] of [
    ['registered', ['patient', 'physician']],
    ['active', ['patient', 'physician']],
    ['suspended', ['patient']],
  ] as const) {
    const { sessions } = open(status)
    const { session } = await sessions.signIn(signed(sessions.nonce()))
    t.same([...session.roles], roles, status)
  }
})

t.test('a compact signature is as good as the long one', async (t) => {
  const { sessions } = open()
  const { message } = signed(sessions.nonce())
  const compact = `0x${Buffer.from(signer.sign(fromHex(hashMessage(message)))).toString('hex')}`
  t.ok(await sessions.signIn({ message, signature: compact }))
})

t.test('one account holds sixteen sessions, and the oldest ends first', async (t) => {
  const { sessions } = open()
  const tokens: string[] = []
  for (let index = 0; index < 17; index++)
    tokens.push((await sessions.signIn(signed(sessions.nonce()))).token)
  t.equal(sessions.find(tokens[0] ?? ''), undefined)
  t.ok(tokens.slice(1).every((token) => sessions.find(token)))
})

t.test('all accounts together hold no more than the limit', async (t) => {
  const { sessions } = open('active', 2)
  const first = await sessions.signIn(signed(sessions.nonce()))
  const second = await sessions.signIn(signed(sessions.nonce(), other))
  const third = await sessions.signIn(signed(sessions.nonce()))
  t.equal(sessions.find(first.token), undefined)
  t.ok(sessions.find(second.token))
  t.ok(sessions.find(third.token))
})

t.test('signing out ends one session and no other', async (t) => {
  const { sessions } = open()
  const [first, second] = [
    await sessions.signIn(signed(sessions.nonce())),
    await sessions.signIn(signed(sessions.nonce())),
  ]
  sessions.signOut(first.token)
  t.equal(sessions.find(first.token), undefined)
  t.ok(sessions.find(second.token))
})

t.test('a session that is used goes on, for twelve hours and not longer', async (t) => {
  const { clock, sessions } = open()
  const { token } = await sessions.signIn(signed(sessions.nonce()))
  clock.forward(400_000)
  t.equal((await sessions.renewed(token))?.expires, clock.now() + 500_000, 'not before half of it is over')
  clock.forward(100_000)
  t.equal((await sessions.renewed(token))?.expires, clock.now() + 900_000)
  for (let at = 500_000; at < 43_200_000 - 600_000; at += 600_000) {
    t.ok(await sessions.renewed(token))
    clock.forward(600_000)
  }
  const last = await sessions.renewed(token)
  clock.forward((last?.expires ?? 0) - clock.now() - 1)
  t.ok(await sessions.renewed(token))
  clock.forward(1)
  t.equal(await sessions.renewed(token), undefined)
  t.equal(sessions.find(token), undefined)
})

t.test('whoever is suspended meanwhile does not go on', async (t) => {
  let status: string | undefined = 'active'
  const clock = new HandClock()
  const accounts = {
    patient: async () => undefined,
    physician: async () => {
      if (status === undefined) throw new Error('no chain')
      return { status, keyDigest: `0x${'00'.repeat(32)}` as never }
    },
  }
  const deps = { accounts, clock, recover: recoverAddress, metrics: new Registry() }
  const sessions = new Sessions({ domains: () => [domain], chainId }, deps)
  const { token } = await sessions.signIn(signed(sessions.nonce()))
  clock.forward(500_000)
  status = undefined
  t.equal((await sessions.renewed(token))?.expires, clock.now() + 400_000, 'no chain: it ends as it was to')
  status = 'suspended'
  t.equal(await sessions.renewed(token), undefined)
  t.equal(sessions.find(token), undefined)
})

t.test('a session that is signed out while it is renewed stays out', async (t) => {
  const { clock, sessions } = open()
  const { token } = await sessions.signIn(signed(sessions.nonce()))
  clock.forward(500_000)
  const renewing = sessions.renewed(token)
  sessions.signOut(token)
  t.equal(await renewing, undefined)
  t.equal(sessions.find(token), undefined)
})
