import { MalformedError } from '@hygeia/protocol/errors'
import type { Address, Hex32, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import { encodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import {
  type DeviceStanding,
  type Facts,
  FUTURE_LIMIT_MS,
  judge,
  shapeOf,
} from '../../../src/verify/judge.ts'
import { loadRecover } from '../../../src/verify/recover.ts'
import { CAST, INCARNATION, sealedBatch, seeded } from '../../corpus/world.ts'

const now = Date.UTC(2026, 4, 20) as UnixMs
const { device, other } = CAST
const realm = { chainId: 7, directory: other.address, genesis: `0x${'55'.repeat(32)}` as Hex32 }
const patient = other.address
const bound: DeviceStanding = { status: 'bound', patient }
const suspended: DeviceStanding = { status: 'suspended', patient, incarnation: INCARNATION, lastSequence: 5 }
const world = { realm, hospital: other.address, now }
const seal = (changes: Parameters<typeof sealedBatch>[3] = {}) => sealedBatch(world, device, 'judge', changes)

function verdict(batch: SealedBatch, facts: Partial<Facts> = {}): string {
  const said = judge(batch, {
    ...{ sender: undefined, device: bound, knowsLabel: undefined, now, signer: () => device.address },
    ...facts,
  })
  return said.outcome === 'accept' ? 'accept' : said.reason
}

t.test('a batch in order is accepted', async (t) => {
  t.equal(verdict(seal()), 'accept')
  t.equal(verdict(seal(), { sender: device.address, knowsLabel: true }), 'accept')
})

t.test('a device speaks for itself only, and only while the chain binds it', async (t) => {
  t.equal(verdict(seal(), { sender: other.address }), 'WRONG_DEVICE')
  t.equal(verdict(seal(), { device: undefined }), 'UNKNOWN_DEVICE')
})

t.test('a suspension fixes the last sequence that counts', async (t) => {
  t.equal(verdict(seal({ sequence: 5 }), { device: suspended }), 'accept')
  t.equal(verdict(seal({ sequence: 0 }), { device: suspended }), 'accept')
  t.equal(verdict(seal({ sequence: 6 }), { device: suspended }), 'SUSPENDED_DEVICE')
  const reborn = seal({ sequence: 1, incarnation: '0x00000000000000bb' as Incarnation })
  t.equal(verdict(reborn, { device: suspended }), 'SUSPENDED_DEVICE', 'a thief can make an incarnation up')
})

t.test('a label is of a month that has begun, and one that the patient signed', async (t) => {
  const label = (text: string) => text as Label
  t.equal(verdict(seal({ label: label('vitals/2026-05/0') })), 'accept')
  t.equal(
    verdict(seal({ label: label('vitals/2025-11/3') })),
    'accept',
    'the last one goes on when none is left',
  )
  t.equal(verdict(seal({ label: label('vitals/2026-06/0') })), 'WRONG_LABEL')
  t.equal(
    verdict(seal({ label: label('vitals/2026-06/0'), isDated: false })),
    'accept',
    'its time is an estimate',
  )
  t.equal(verdict(seal(), { knowsLabel: false }), 'WRONG_LABEL')
})

t.test('a batch from the future waits, because the clock may be the hospital’s', async (t) => {
  const to = (ms: number) => (now + ms) as UnixMs
  t.equal(verdict(seal({ to: to(FUTURE_LIMIT_MS) })), 'accept')
  t.equal(verdict(seal({ to: to(FUTURE_LIMIT_MS + 1) })), 'FROM_THE_FUTURE')
  t.equal(verdict(seal({ to: to(FUTURE_LIMIT_MS + 1), isDated: false })), 'accept')
  t.equal(
    judge(seal({ to: to(1e7) }), {
      sender: undefined,
      device: bound,
      knowsLabel: undefined,
      now,
      signer: () => device.address,
    }).outcome,
    'wait',
  )
})

t.test('a signature is looked at last, and is of the device', async (t) => {
  let looked = 0
  const signer = (): Address => {
    looked++
    return other.address
  }
  t.equal(verdict(seal(), { signer }), 'BAD_SIGNATURE')
  t.equal(verdict(seal(), { signer, device: undefined }), 'UNKNOWN_DEVICE')
  t.equal(looked, 1, 'junk does not reach the curve')
  const nobody = () => {
    throw new MalformedError('signature', 'none')
  }
  t.equal(verdict(seal(), { signer: nobody }), 'BAD_SIGNATURE')
  t.throws(
    () =>
      verdict(seal(), {
        signer: () => {
          throw new Error('our own fault')
        },
      }),
    'our own fault',
  )
})

t.test('the form is judged before anything else', async (t) => {
  const bytes = encodeSealed(seal())
  t.match(shapeOf(bytes), { batch: { device: device.address } })
  t.same(shapeOf(bytes.subarray(1)), { reason: 'MALFORMED' })
  t.same(shapeOf(new Uint8Array(65_537)), { reason: 'TOO_LARGE' })
})

t.test('the native curve finds whom the protocol’s own finds, and refuses what it refuses', async (t) => {
  const recover = await loadRecover()
  t.not(recover, recoverAddress, 'it is loaded')
  for (let round = 0; round < 20; round++) {
    const signer = keySigner(seeded(`signer ${round}`, 32))
    const digest = seeded(`digest ${round}`, 32)
    const signature = signer.sign(digest)
    t.equal(recover(digest, signature), signer.address)
    const flipped = Uint8Array.from(signature)
    flipped[round] = (flipped[round] ?? 0) ^ 1
    const outcome = (find: typeof recover) => {
      try {
        return find(digest, flipped)
      } catch (cause) {
        return cause instanceof MalformedError ? 'malformed' : cause
      }
    }
    t.equal(outcome(recover), outcome(recoverAddress))
  }
  t.throws(() => recover(seeded('d', 32), new Uint8Array(64)), MalformedError)
  t.throws(() => recover(seeded('d', 32), new Uint8Array(64).fill(255)), MalformedError)
  t.throws(() => recover(seeded('d', 32), new Uint8Array(63)), MalformedError)
})
