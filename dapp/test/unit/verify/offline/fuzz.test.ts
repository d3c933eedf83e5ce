import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { OFFLINE_PROOF_LIMIT_BYTES } from '@hygeia/protocol/offline-proof/offline-proof'
import fc from 'fast-check'
import t from 'tap'
import { accountOf } from '../../../../../protocol/test/support/sealed-chain.ts'
import { prove } from '../../../../src/prove/prove.ts'
import { verifyOffline } from '../../../../src/verify/offline/verify.ts'
import type { Verdict } from '../../../../src/verify/verdict.ts'
import { SealedWorld, SIGNERS } from '../../../support/sealed-world.ts'

/** Longest that any of these runs, however slow the machine is. */
const LIMIT_MS = 15_000

const sealed = await SealedWorld.start()
t.teardown(() => sealed.stop())
const { realm } = sealed.world.consortium
const chain = sealed.chain(sealed.lastState + 4)
const bytes = await prove(sealed.node(chain), { realm, records: [sealed.batch(chain)], epoch: sealed.epoch })
const fields = decodeCbor(bytes, 'proof', OFFLINE_PROOF_LIMIT_BYTES) as unknown[]
const pins = { ...realm, signers: SIGNERS.map(accountOf) }

const saidBy = (verdicts: readonly Verdict[]) =>
  verdicts.flatMap(({ subject, checks }) =>
    checks.map(({ claim, detail }) => `${subject}: ${claim}: ${detail}`),
  )
const said = new Set(saidBy(await verifyOffline(bytes, pins)))

/** Anything is refused, and by a verdict; a file that is still proven says nothing that was not said before. */
async function isRefused(altered: Uint8Array): Promise<boolean> {
  const verdicts = await verifyOffline(altered, pins)
  const isProven = verdicts.length > 1 && verdicts.every(({ outcome }) => outcome === 'proven')
  return isProven ? saidBy(verdicts).every((line) => said.has(line)) : verdicts.length > 0
}

const limits = { numRuns: 400, interruptAfterTimeLimit: LIMIT_MS }

t.test('no change of its bytes leaves a file proven', async (t) => {
  const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 3,
  })
  await fc.assert(
    fc.asyncProperty(changes, async (places) => {
      const altered = Uint8Array.from(bytes)
      for (const [place, mask] of places) altered[place] = Number(altered[place]) ^ mask
      return Buffer.compare(altered, bytes) === 0 || (await isRefused(altered))
    }),
    limits,
  )
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), (length) => isRefused(bytes.subarray(0, length))),
    { ...limits, numRuns: 50 },
  )
  t.pass()
})

/** Every place where something lies in lists of lists. */
function placesIn(value: unknown): readonly (readonly number[])[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item, index) => [[index], ...placesIn(item).map((place) => [index, ...place])])
}

function replaced(
  value: unknown,
  [index, ...rest]: readonly number[],
  by: (old: unknown) => readonly unknown[],
): unknown {
  if (!Array.isArray(value) || index === undefined) return value
  if (rest.length > 0) return value.with(index, replaced(value[index], rest, by))
  return value.toSpliced(index, 1, ...by(value[index]))
}

t.test('nor does any change of its parts', async (t) => {
  const places = placesIn(fields)
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 700 }),
    fc.maxSafeNat(),
    fc.constantFrom(null, '', [], [[]], true, fields),
    fc
      .constantFrom(...places)
      .map((place) => place.reduce<unknown>((held, at) => (held as unknown[])[at], fields)),
  )
  const change = fc.oneof(
    anything.map((by) => () => [by]),
    fc.constant(() => []),
    fc.constant((old: unknown) => [old, old]),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), change, async (place, by) => {
      const altered = encodeCbor(replaced(fields, place, by))
      return Buffer.compare(altered, bytes) === 0 || (await isRefused(altered))
    }),
    limits,
  )
  t.pass()
})

t.test('bytes that never were a proof are refused', async (t) => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), isRefused), limits)
  t.pass()
})
