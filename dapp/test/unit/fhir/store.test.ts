import { toColumns } from '@hygeia/protocol/batch/batch'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Hex32, parseAddress, parseHex32 } from '@hygeia/protocol/ids'
import { asLabel } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type MonotonicMs, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import type { StatedGrant } from '../../../src/fhir/consent.ts'
import { Facade } from '../../../src/fhir/served/facade.ts'
import { Store } from '../../../src/fhir/served/store.ts'
import type { OpenedBatch } from '../../../src/physician/opening.ts'

const midnight = Date.UTC(2026, 0) as UnixMs
const patient = parseAddress(`0x${'aa'.repeat(20)}`)
const hash = (digit: string): Hex32 => parseHex32(`0x${digit.repeat(64)}`)

/** A minute of a channel at 1 Hz. */
function minute(index: number, { device = 'dd', channel = 'heart-rate', stepMs = 1_000 } = {}): OpenedBatch {
  const samples = Array.from({ length: 60 }, (_, second) => ({
    channel: channel as ChannelName,
    at: (index * MINUTE_MS + second * stepMs) as MonotonicMs,
    value: 60 + (second % 7),
  }))
  const header = { device: parseAddress(`0x${device.repeat(20)}`) } as OpenedBatch['header']
  const time = {
    boot: '0x0000000000000001',
    offsetMs: midnight,
    steps: [],
  } as unknown as OpenedBatch['batch']['time']
  const cid = `bafy${device}${channel}${index}`
  return {
    cid,
    patient,
    header,
    batch: { time, columns: toColumns(samples) },
    offsetMs: midnight,
    datedBy: 'clock',
  }
}

function granted(name: string, accessTo: number, state: StatedGrant['state'] = 'active'): StatedGrant {
  const labels = [{ label: asLabel('vitals/2026-01/0'), publicKey: new Uint8Array(33) }]
  const grant = { patient, physician: patient, labels, dataFrom: 0, dataTo: 1, accessFrom: 0, accessTo }
  return { hash: hash(name), grant: grant as unknown as Grant, state }
}

const facadeOf = (store: Store) =>
  new Facade({
    base: () => 'http://127.0.0.1',
    store,
    receiptOf: async () => undefined,
    now: () => midnight,
    notices: () => [],
  })

interface Page {
  readonly entry?: readonly {
    readonly resource: { readonly id: string; readonly effectiveDateTime: string }
  }[]
  readonly link: readonly { readonly relation: string; readonly url: string }[]
}

/** Every page of a search, one after the other. @param between - what happens meanwhile */
async function walk(store: Store, query: string, between: (page: number) => void = () => {}) {
  const facade = facadeOf(store)
  const found: { readonly id: string; readonly effectiveDateTime: string }[] = []
  let search: string | undefined = query
  for (let page = 0; search !== undefined; page++) {
    const { entry = [], link } = (await facade.search('Observation', new URLSearchParams(search))) as Page
    found.push(...entry.map(({ resource }) => resource))
    search = link.find(({ relation }) => relation === 'next')?.url.split('?')[1]
    between(page)
  }
  return found
}

t.test('readings of several devices and windows come in one order, whichever way', async (t) => {
  const store = new Store({ readingsLimit: 10_000 })
  for (const index of [3, 0, 2, 1]) {
    store.put(minute(index), hash('1'), midnight)
    store.put(minute(index, { device: 'ee', channel: 'spo2' }), hash('1'), midnight)
  }
  // One that spans all the others.
  store.put(minute(0, { device: 'ff', channel: 'weight', stepMs: 4_000 }), hash('1'), midnight)
  const times = (await walk(store, '_count=7')).map(({ effectiveDateTime }) => effectiveDateTime)
  t.equal(times.length, 9 * 60)
  t.same(times, times.toSorted().reverse(), 'newest first')
  const oldest = await walk(store, '_count=11&_sort=date')
  t.same(
    oldest.map(({ effectiveDateTime }) => effectiveDateTime),
    times.toReversed(),
  )
  t.equal(new Set(oldest.map(({ id }) => id)).size, oldest.length)
})

t.test('pages stay where they are while readings arrive', async (t) => {
  const store = new Store({ readingsLimit: 10_000 })
  for (const index of [0, 1, 2]) store.put(minute(index), hash('1'), midnight)
  const found = await walk(store, '_count=50', (page) => store.put(minute(10 + page), hash('1'), midnight))
  const ids = found.map(({ id }) => id)
  t.equal(ids.length, 180, 'what is newer than the first page is not in the later ones')
  t.equal(new Set(ids).size, ids.length)
})

t.test('beyond its limit the oldest go, and it is told up to when', async (t) => {
  const store = new Store({ readingsLimit: 600 })
  for (let index = 0; index < 25; index++) store.put(minute(index), hash('1'), midnight)
  t.ok(store.readings <= 600 && store.readings > 500)
  const held = [...store.batches].map(({ opened }) => opened.cid)
  t.ok(held.includes('bafyddheart-rate24') && !held.includes('bafyddheart-rate0'))
  const oldest = Math.min(...[...store.batches].map(({ hull }) => hull.from))
  t.ok((store.droppedBefore ?? Infinity) < oldest)
})

t.test('what no grant allows any more is forgotten', async (t) => {
  const store = new Store({ readingsLimit: 10_000 })
  const end = midnight + HOUR_MS
  store.putGrants([granted('1', end), granted('2', end + HOUR_MS)], midnight)
  store.put(minute(0), hash('1'), midnight)
  store.put(minute(1), hash('2'), midnight)
  t.equal(store.readings, 120)
  store.forgetEnded((end - 1) as UnixMs)
  t.equal(store.readings, 120)
  store.forgetEnded(end as UnixMs)
  t.equal(store.readings, 60, 'an end that is signed comes by itself')
  store.putGrants([granted('1', end), granted('2', end + HOUR_MS, 'revoked')], midnight)
  t.equal(store.readings, 0)
  t.equal([...store.listed('Device')].length, 0)
  t.match([...store.listed('Consent')], [{}, { resource: { status: 'inactive' } }])
})

t.test('only what changed was updated', async (t) => {
  const store = new Store({ readingsLimit: 10_000 })
  const later = (midnight + 1_000) as UnixMs
  const grants = [granted('1', midnight + HOUR_MS), granted('2', midnight + HOUR_MS)]
  store.putGrants(grants, midnight)
  store.putGrants([...grants.slice(0, 1), granted('2', midnight + HOUR_MS, 'revoked')], later)
  t.same(
    [...store.listed('Consent')].map(({ updatedAt }) => updatedAt),
    [midnight, later],
  )
})
