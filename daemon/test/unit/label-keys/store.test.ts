import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hex32 } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import { type SignedLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { recoverAddress } from '@hygeia/protocol/signature'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { LabelKeyStore } from '../../../src/label-keys/store.ts'
import { CAST, seeded, seededSigner } from '../../corpus/world.ts'

const patient = seededSigner('patient')
const { device, other, unknown } = CAST
const realm = { chainId: 7, directory: other.address, genesis: `0x${'55'.repeat(32)}` as Hex32 }
const [january, february, march] = [1, 2, 3].map((month) => `vitals/2026-0${month}/0` as Label)
if (january === undefined || february === undefined || march === undefined) throw new Error('three labels')

const document = (serial: number, labels: readonly Label[], signer = patient, to = device.address) =>
  signLabelKeys(
    realm,
    {
      ...{ patient: patient.address, device: to, serial },
      keys: labels.map((label) => ({ label, publicKey: seeded(label, 33) })),
    },
    signer,
  )

async function scratch(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-label-keys-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return join(dir, 'keys')
}

async function storeAt(path: string): Promise<LabelKeyStore> {
  const store = new LabelKeyStore(
    { path, reserveBytes: 0 },
    {
      realm,
      recover: recoverAddress,
      patientOf: (address) => (address === unknown.address ? undefined : patient.address),
      log: pino({ level: 'silent' }),
    },
  )
  await store.start()
  return store
}

t.test('keeps the newest document of a device, across restarts, and tells it once', async (t) => {
  const path = await scratch(t)
  const store = await storeAt(path)
  const told: SignedLabelKeys[] = []
  store.onNew((keys) => told.push(keys))
  t.equal(await store.get(device.address), undefined)
  await store.put(document(1, [january]))
  await store.put(document(3, [february]))
  await store.put(document(3, [february]))
  t.same(
    told.map(({ serial }) => serial),
    [1, 3],
    'the very same document again is nothing new',
  )
  await store.stop()
  const again = await storeAt(path)
  t.teardown(() => again.stop())
  t.same(await again.get(device.address), document(3, [february]))
  t.equal(await again.get(other.address), undefined)
})

t.test('serials only rise', async (t) => {
  const store = await storeAt(await scratch(t))
  t.teardown(() => store.stop())
  await store.put(document(5, [january]))
  await t.rejects(store.put(document(5, [february])), { code: 'LABEL_KEYS_STALE' })
  await t.rejects(store.put(document(4, [february])), { code: 'LABEL_KEYS_STALE' })
  const both = await Promise.allSettled([store.put(document(6, [february])), store.put(document(6, [march]))])
  t.same(
    both.map(({ status }) => status).sort(),
    ['fulfilled', 'rejected'],
    'of two with one serial one is kept',
  )
  t.match(await store.get(device.address), { serial: 6 })
})

t.test('takes documents of the device’s patient only', async (t) => {
  const store = await storeAt(await scratch(t))
  t.teardown(() => store.stop())
  await t.rejects(store.put(document(1, [january], other)), { code: 'LABEL_KEYS_BAD_SIGNATURE' })
  const torn = { ...document(1, [january]), signature: new Uint8Array(64) }
  await t.rejects(store.put(torn), { code: 'LABEL_KEYS_BAD_SIGNATURE' })
  const grown = { ...document(1, [january]), keys: document(1, [january, february]).keys }
  await t.rejects(store.put(grown), { code: 'LABEL_KEYS_BAD_SIGNATURE' })
  const stranger = { ...document(1, [january]), patient: other.address }
  await t.rejects(store.put(stranger), { code: 'LABEL_KEYS_WRONG_PATIENT' })
  await t.rejects(store.put(document(1, [january], patient, unknown.address)), {
    code: 'LABEL_KEYS_WRONG_PATIENT',
  })
  t.equal(await store.get(device.address), undefined)
})

t.test('knows every label that was ever signed, and when it knows nothing', async (t) => {
  const path = await scratch(t)
  const store = await storeAt(path)
  const knows = (label: Label, of = store) => Promise.resolve(of.knows(device.address, label))
  t.equal(await knows(january), undefined, 'no document is held')
  t.equal(await knows(january), undefined, 'still')
  await store.put(document(1, [january]))
  t.equal(await knows(january), true)
  t.equal(await knows(february), false)
  await store.put(document(2, [february]))
  t.equal(await knows(february), true)
  t.equal(await knows(january), true, 'batches under it may be on their way')
  t.equal(await knows(march), false)
  t.equal(store.knows(device.address, february), true, 'without asking the disk')
  await store.stop()
  const again = await storeAt(path)
  t.teardown(() => again.stop())
  t.equal(await knows(january, again), true)
  t.equal(await knows(march, again), false)
})
