import { randomBytes } from 'node:crypto'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { createLog } from '@hygeia/runtime/log'
import t from 'tap'
import { UsedNonces } from '../../../src/reencrypt/nonces.ts'
import { scratch } from '../support/scratch.ts'

const [anna, bert] = ['a', 'b'].map((digit) => `0x${digit.repeat(40)}` as Address) as [Address, Address]
const nonce = () => toHex(randomBytes(32)) as string as Hex32
const at = (ms: number) => ms as UnixMs

async function open(dir: string, now = at(0)) {
  const nonces = new UsedNonces({ dir, reserveBytes: 1 }, { log: createLog('test', 'silent') })
  await nonces.open(now)
  return nonces
}

t.test('of many that use a nonce at once, one has it', async (t) => {
  const nonces = await open(await scratch(t))
  const one = nonce()
  const taken = await Promise.all(Array.from({ length: 20 }, () => nonces.take(anna, one, at(1_000))))
  t.equal(taken.filter(Boolean).length, 1)
  t.equal(await nonces.isUsed(anna, one), true)
  t.equal(await nonces.take(bert, one, at(1_000)), true, 'another physician has nonces of their own')
  await nonces.close()
})

t.test('a used nonce is used after a restart, until its request has expired', async (t) => {
  const dir = await scratch(t)
  let nonces = await open(dir)
  const [early, late] = [nonce(), nonce()]
  await nonces.take(anna, early, at(1_000))
  await nonces.take(anna, late, at(2_000))
  await nonces.close()
  nonces = await open(dir, at(1_001))
  t.equal(await nonces.isUsed(anna, early), false)
  t.equal(await nonces.take(anna, late, at(2_000)), false)
  await nonces.close()
})
