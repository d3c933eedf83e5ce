import { setTimeout as delay } from 'node:timers/promises'
import type { Address } from '@hygeia/protocol/ids'
import type { Test } from 'tap'
import type { HospitalProcess } from '../../support/hospital.ts'
import type { RawBatch } from '../../support/raw-device.ts'
import { receiptsFor } from '../../support/receipts.ts'
import { receiptsAt, statusOf } from '../../support/replication.ts'
import { until } from '../../support/until.ts'
import { FAULT_MS, fault } from './fault.ts'
import { listedAt, readBatches, type Ward } from './ward.ts'

/** What is done to one hospital, and undone. */
export interface Trouble {
  readonly name: string
  /** FAULT_MS unless told. */
  readonly forMs?: number
  readonly begin: (hospital: HospitalProcess, index: number) => Promise<void>
  readonly end: (hospital: HospitalProcess, index: number) => Promise<void>
}

/** Few processors serve everybody: what is slow is not broken. */
const LIMIT_MS = 120_000
/** A hospital that lost its disk looks for what it anchored for two minutes, and again after one more, before it gives that up. */
const LOST_MS = 240_000
const ORDINALS = ['first', 'second', 'third']

/** One hospital is away for a while: writing and reading go on at the others, and it goes on when it is back. */
export async function goOnWithout(t: Test, ward: Ward, index: number, trouble: Trouble): Promise<void> {
  const done = `${ORDINALS[index]} of three hospitals ${trouble.name}`
  await fault(t, { done, asked: 'writing and reading go on; it catches up' }, async (t) => {
    const hospital = ward.hospitals[index]
    const device = ward.devices[index]
    if (hospital === undefined || device === undefined) throw new Error(`there is no hospital ${index}`)
    await trouble.begin(hospital, index)
    let before = 0
    let back = 0
    // However it goes, the next trouble finds all three.
    const meanwhile = await goOnAtOthers(t, ward, index, trouble.forMs ?? FAULT_MS).finally(async () => {
      before = device.acknowledged.length
      await trouble.end(hospital, index)
      back = performance.now()
    })
    await until('it takes batches again', async () => device.acknowledged.length > before + 4, LIMIT_MS)
    const newest = device.acknowledged.slice(-2)
    await until(
      'and gives receipts',
      async () => (await receiptsAt(hospital, newest)) === newest.length,
      LIMIT_MS,
    )
    const backMs = performance.now() - back
    return `${meanwhile} receipts again ${(backMs / 1_000).toFixed(1)} s after its return`
  })
}

/** @returns what went on, in figures */
async function goOnAtOthers(t: Test, ward: Ward, index: number, forMs: number): Promise<string> {
  const others = [0, 1, 2].filter((one) => one !== index)
  const began = performance.now()
  let written = 0
  let firstMs = 0
  let read = 0
  let named: readonly string[] = []
  do {
    const counts = others.map((other) => ward.devices[other]?.acknowledged.length ?? 0)
    const fresh = await until(
      'the others take batches and have receipts for them',
      async () => {
        const taken = others.flatMap(
          (other, place) => ward.devices[other]?.acknowledged.slice(counts[place]) ?? [],
        )
        const some = taken.slice(0, 8)
        if (some.length < 8) return false
        for (const other of others) {
          const at = ward.hospitals[other]
          if (at === undefined || (await receiptsAt(at, some)) < some.length) return false
        }
        return some
      },
      LIMIT_MS,
    )
    written += fresh.length
    firstMs ||= performance.now() - began
    const at = others.flatMap((other) => ward.known[other] ?? [])
    // What the physician's client knows of the one that is away comes last, as after a first visit that found it so.
    const all = [...at, ...ward.known.filter((one) => !at.includes(one))]
    const { differing, conduct } = await readBatches(ward, fresh, all)
    t.same(differing, [], 'the physician reads what was sent')
    read += fresh.length
    named = conduct.map(({ misconduct }) => misconduct.code)
    await delay(500)
  } while (performance.now() - began < forMs)
  const awayMs = performance.now() - began
  return [
    `${(awayMs / 1_000).toFixed(0)} s away: ${written} batches with receipts at both others (first ${(firstMs / 1_000).toFixed(1)} s),`,
    `${read} read${named.length > 0 ? ` (${[...new Set(named)].join(', ')} named)` : ''};`,
  ].join(' ')
}

/** What is known of a batch that should have a receipt everywhere. */
async function whereIs({ devices, hospitals, known }: Ward, { cid, sequence }: RawBatch): Promise<string> {
  const sender = devices.findIndex(({ acknowledged }) => acknowledged.some((one) => one.cid === cid))
  const proven = await Promise.all(
    known.map(async ({ client }) => {
      const found = await client.receipt(cid).catch((cause: unknown) => cause)
      if (found instanceof Error) return found.message
      return found === undefined ? 'none' : 'a receipt'
    }),
  )
  const at = hospitals[sender]
  const there = at === undefined ? {} : (await statusOf(at)).replication
  return `${sequence} ${cid} of ${sender + 1}: ${proven.join(', ')}; there ${JSON.stringify(there)}`
}

/**
 * Every batch that a device was told is taken is at all three, once, with a receipt at each.
 *
 * @param bereft - hospital that lost what it had anchored and nobody else held yet: it is named until it says so
 */
export async function nothingMissingOrDoubled(t: Test, ward: Ward, bereft?: Address): Promise<void> {
  const { devices, hospitals, known } = ward
  await fault(t, { done: 'all of that', asked: 'no batch missing or doubled at any of three' }, async (t) => {
    await Promise.all(devices.map((device) => device.finish()))
    for (const device of devices) t.same(device.refused, [])
    const all = devices.flatMap(({ acknowledged }) => acknowledged)
    const sent = devices
      .flatMap(({ signer, acknowledged }) =>
        acknowledged.map(({ sequence }) => `${signer.address} ${sequence}`),
      )
      .sort()
    const senders = new Set<string>(devices.map(({ signer }) => signer.address))
    for (const [index, hospital] of hospitals.entries()) {
      const at = known[index]
      if (at === undefined) throw new Error(`there is no hospital ${index}`)
      let lacking = all
      const isProven = async () => {
        // What has one keeps it: only the others are asked for again.
        const held = await receiptsFor(at.client, lacking)
        lacking = lacking.filter(({ cid }) => !held.has(cid))
        return lacking.length === 0
      }
      await until('all have receipts', isProven, LIMIT_MS).catch(async (cause: unknown) => {
        const places = await Promise.all(lacking.slice(0, 5).map((batch) => whereIs(ward, batch)))
        const some = places.join(', ')
        throw new Error(`${lacking.length} of ${all.length} have no receipt at ${index + 1}: ${some}`, {
          cause,
        })
      })
      const isWhole = async () => {
        const { wanted, underReplicated, faulty } = (await statusOf(hospital)).replication
        t.same(
          faulty.filter((one) => one.hospital !== bereft || one.fault !== 'MANIFEST_NOT_SERVED'),
          [],
        )
        return wanted === 0 && underReplicated === 0 && faulty.length === 0
      }
      await until(
        'it holds what the others hold, and they what it holds',
        isWhole,
        bereft === undefined ? LIMIT_MS : LOST_MS,
      )
      const listed = (await listedAt(ward, at)).filter((name) => senders.has(name.split(' ')[0] ?? ''))
      t.same(listed.toSorted(), sent, `exactly what was sent is listed at ${index + 1}`)
    }
    return `${all.length} batches, each once and with a receipt at all three`
  })
}
