import { randomBytes } from 'node:crypto'
import { abi } from '@hygeia/contracts/directory'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import { REGISTER_PATIENT, type RelayRequest } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import { createLog } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import { Registry } from 'prom-client'
import t from 'tap'
import type { RelayError } from '../../../src/relay/errors.ts'
import { Relay } from '../../../src/relay/relay.ts'
import { HandClock } from '../support/hand-clock.ts'

const realm = {
  chainId: 7,
  directory: `0x${'11'.repeat(20)}` as Address,
  genesis: `0x${'22'.repeat(32)}` as Hex32,
}
const place = {
  hash: `0x${'33'.repeat(32)}` as Hex32,
  blockNumber: 5,
  blockHash: `0x${'44'.repeat(32)}` as Hex32,
}
const patient = keySigner(randomBytes(32))
const clock = new HandClock()

function registration(nonce: bigint): RelayRequest {
  const message = { patient: patient.address, nonce, deadline: Math.floor(clock.now() / 1_000) + 60 }
  return {
    kind: 'register-patient',
    message,
    signature: toHex(patient.sign(digestOf(realm, REGISTER_PATIENT, message))),
  }
}

/** A relay whose chain and account do as they are told. */
function open({
  call = async () => '0x' as unknown,
  send = async () => place,
  timeoutMs = 30_000,
  perSigner = 30,
} = {}) {
  const sent: unknown[] = []
  const account = {
    address: `0x${'55'.repeat(20)}` as Address,
    send: (transaction: unknown) => {
      sent.push(transaction)
      return send()
    },
  }
  const relay = new Relay(
    { realm, consent: () => realm.directory, timeoutMs, perSigner },
    {
      chain: { request: call },
      account,
      recover: recoverAddress,
      clock,
      log: createLog('test', 'silent'),
      metrics: new Registry(),
    },
  )
  return { relay, sent }
}

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (cause: RelayError) => cause.detail,
  )

const reverted = (name: string, values: readonly unknown[]) =>
  Object.assign(new Error('execution reverted'), {
    code: 3,
    data: new Interface(abi).encodeErrorResult(name, values),
  })

t.test('the same statement at the same time is one transaction', async (t) => {
  const { relay, sent } = open()
  const request = registration(1n)
  const answers = await Promise.all([relay.send(request), relay.send(request), relay.send(request)])
  t.equal(sent.length, 1)
  t.same(new Set(answers.map(({ transaction }) => transaction)), new Set([place.hash]))
  await relay.send(registration(2n))
  t.equal(sent.length, 2, 'another is another')
})

t.test('what the contract would refuse is not sent', async (t) => {
  const call = async () => {
    throw reverted('DirectoryNonceUsed', [patient.address, 1n])
  }
  const { relay, sent } = open({ call })
  t.match(await faultOf(relay.send(registration(1n))), {
    code: 'CONTRACT_REFUSED',
    contractError: 'DirectoryNonceUsed',
  })
  t.equal(sent.length, 0)
})

t.test('what was mined and undone is named by the state that it met', async (t) => {
  let calls = 0
  const call = async () => {
    if (calls++ > 0) throw reverted('DirectoryNonceUsed', [patient.address, 1n])
    return '0x'
  }
  const send = async () => {
    throw Object.assign(new Error('reverted'), { code: 'REVERTED' })
  }
  const { relay } = open({ call, send })
  t.match(await faultOf(relay.send(registration(1n))), { contractError: 'DirectoryNonceUsed' })
})

t.test('a chain that does not answer is not a contract that refuses', async (t) => {
  const call = async () => {
    throw Object.assign(new Error('down'), { code: 'CHAIN_DOWN' })
  }
  await t.rejects(open({ call }).relay.send(registration(1n)), { code: 'CHAIN_UNAVAILABLE' })
})

t.test('an answer that comes too late is found by asking again', async (t) => {
  const { promise, resolve } = Promise.withResolvers<typeof place>()
  const { relay, sent } = open({ send: () => promise, timeoutMs: 20 })
  const request = registration(1n)
  await t.rejects(relay.send(request), { code: 'RELAY_TIMEOUT' })
  const again = relay.send(request)
  resolve(place)
  t.match(await again, { transaction: place.hash, blockNumber: 5 })
  t.equal(sent.length, 1)
})

t.test('a statement that failed can be tried again', async (t) => {
  let isDown = true
  const call = async () => {
    if (isDown) throw new Error('down')
    return '0x'
  }
  const { relay } = open({ call })
  const request = registration(1n)
  await t.rejects(relay.send(request), { code: 'CHAIN_UNAVAILABLE' })
  isDown = false
  t.match(await relay.send(request), { transaction: place.hash })
})

t.test('a signer has a share of the gas', async (t) => {
  const { relay } = open({ perSigner: 2 })
  await relay.send(registration(1n))
  await relay.send(registration(2n))
  t.match(await faultOf(relay.send(registration(3n))), { code: 'SIGNER_LIMIT', retryAfterSec: 60 })
})
