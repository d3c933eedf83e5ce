import { join } from 'node:path'
import { isAbort } from '@hygeia/runtime/abort'
import { sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import { Anchorer } from '../anchor/anchorer.ts'
import { OwnManifests } from '../anchor/own-manifests.ts'
import { ChainWatch } from '../chain/watch.ts'
import { CoapDoor } from '../coap/door.ts'
import { DeviceHospitalStore } from '../device-hospitals/store.ts'
import { DirectoryView } from '../directory/view.ts'
import { DiskGuard } from '../disk/guard.ts'
import { Incidents } from '../incidents/incidents.ts'
import { Ingest } from '../ingest/ingest.ts'
import { Refuser } from '../ingest/refuser.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import { LabelKeyStore } from '../label-keys/store.ts'
import { ReceiptBook } from '../receipt/book.ts'
import { Standings } from '../replication/standings.ts'
import { Nonces } from '../session/nonces.ts'
import { Archiver } from '../store/archiver.ts'
import { Store } from '../store/store.ts'
import type { ChainParts } from './chain.ts'
import { type ConsortiumParts, startWitnesses } from './consortium.ts'
import { type Context, RESERVE_BYTES } from './context.ts'

export interface IngestParts {
  readonly store: Store
  readonly ipfs: IpfsNode
  readonly standings: Standings
  readonly manifests: OwnManifests
  readonly directory: DirectoryView
  readonly labelKeys: LabelKeyStore
  readonly deviceHospitals: DeviceHospitalStore
  readonly incidents: Incidents
  readonly receipts: ReceiptBook
  readonly anchorer: Anchorer
  readonly ingest: Ingest
  readonly nonces: Nonces
  readonly room: DiskGuard
}

const DAY_MS = 86_400_000
const TRIM_MS = 60_000
const INCIDENT_LIMIT = 10_000
/** Datagrams a second: a ward behind one address sends far fewer. */
const COAP_PER_ADDRESS = 10_000

/** Everything between a sealed batch and its receipt, but for the doors. */
export async function startIngest(
  context: Context,
  chain: ChainParts,
  consortium: ConsortiumParts,
  ipfs: IpfsNode,
): Promise<IngestParts> {
  const { config, keys, stack, clock, recover, metrics, log } = context
  const { engine, realm, contracts } = chain
  const hospital = keys.accounts.operator.signer.address
  const receiptSigner = keys.accounts.receipt.signer
  const at = (name: string) => join(config.dataDir, name)
  const part = (name: string) => log.child({ part: name })

  const room = await stack.add(
    new DiskGuard(
      { dataDir: config.dataDir, leastFreeBytes: config.disk.leastFreeMiB * 1_048_576 },
      { clock, log: part('disk'), metrics },
    ),
  )
  const store = new Store(
    { path: at('journal'), reserveBytes: RESERVE_BYTES, keepMs: DAY_MS },
    { log: part('store'), archive: ipfs },
  )
  await stack.add({ start: () => store.open(), stop: () => store.close() })
  const directory = await stack.add(
    new DirectoryView(
      { path: at('directory'), directory: contracts.directory, reserveBytes: RESERVE_BYTES },
      { engine, log: part('directory'), metrics },
    ),
  )
  const labelKeys = await stack.add(
    new LabelKeyStore(
      { path: at('label-keys'), reserveBytes: RESERVE_BYTES },
      { realm, recover, patientOf: (device) => directory.device(device)?.patient, log: part('label-keys') },
    ),
  )
  const deviceHospitals = await stack.add(
    new DeviceHospitalStore(
      { path: at('device-hospitals'), reserveBytes: RESERVE_BYTES },
      {
        realm,
        recover,
        patientOf: (device) => directory.device(device)?.patient,
        log: part('device-hospitals'),
      },
    ),
  )
  const incidents = await stack.add(
    new Incidents(
      { path: at('incidents'), limit: INCIDENT_LIMIT, reserveBytes: RESERVE_BYTES },
      { clock, log: part('incidents'), metrics },
    ),
  )
  await stack.add(
    new ChainWatch({
      engine,
      clock,
      log: part('chain'),
      metrics,
      onStall: () => incidents.note({ door: 'chain', reason: 'STALLED' }),
    }),
  )
  engine.onReorganised(({ isPastFinality }) => {
    if (isPastFinality) incidents.note({ door: 'chain', reason: 'FINAL_BLOCK_REPLACED' })
  })
  const archiver = await stack.add(
    new Archiver(
      { isWitnessed: config.consortium.witnesses > 0 && consortium.members.others.length > 0 },
      { store, blocks: ipfs, log: part('archiver') },
    ),
  )
  const manifests = new OwnManifests({ hospital }, { store })
  const standings = new Standings({ ipfs, eraser: store.eraser })
  const permit = await startWitnesses(context, chain, consortium, { ipfs, standings, incidents })
  const receipts = new ReceiptBook({ realm, hospital }, { store, receiptSigner, clock })
  const refuser = new Refuser({ realm, hospital, signaturesPerSecond: 50 }, { receiptSigner, clock })
  const ingest = new Ingest(
    { realm, limits: { count: 8_192, bytes: 64 * 1_048_576, countEach: 512 }, questionsPerSecond: 10 },
    {
      recover,
      journal: store,
      receipts,
      directory,
      labelKeys,
      deviceHospitals,
      refuser,
      incidents,
      mayTake: () => permit.mayAnchor,
      room,
      clock,
      log: part('ingest'),
      metrics,
    },
  )
  const anchorer = await stack.add(
    new Anchorer(
      { hospital, contract: contracts.anchor, leadMs: config.anchor.leadMs },
      {
        engine,
        transactor: chain.anchor,
        store,
        archiver,
        manifests,
        ipfs,
        receipts,
        permit,
        clock,
        log: part('anchor'),
        metrics,
      },
    ),
  )
  await stack.add(trimming(context, store, archiver))
  const nonces = new Nonces({ ttlMs: 60_000, limit: 100_000 }, { clock })
  return {
    store,
    ipfs,
    standings,
    manifests,
    directory,
    labelKeys,
    deviceHospitals,
    incidents,
    receipts,
    anchorer,
    ingest,
    nonces,
    room,
  }
}

/** Forgets, a little at a time, journal bytes that the blockstore has held for a day. */
function trimming({ clock, log }: Context, store: Store, archiver: Archiver): Service {
  const abort = new AbortController()
  let loop: Promise<void> | undefined
  const run = async () => {
    for (;;) {
      await sleep(clock, TRIM_MS, abort.signal)
      await store.trimmer
        .step(clock.now(), archiver.through)
        .catch((err: unknown) => log.warn({ err }, 'journal not trimmed'))
    }
  }
  return {
    start: async () => {
      loop = run().catch((cause: unknown) => {
        if (!isAbort(cause)) throw cause
      })
    },
    stop: async () => {
      abort.abort()
      await loop
    },
  }
}

/** The CoAP door. Devices ask there for what the MQTT door pushes. */
export async function openCoap(context: Context, { ingest, incidents }: IngestParts): Promise<CoapDoor> {
  const { config, stack, clock, metrics, log } = context
  return stack.add(
    new CoapDoor(
      { ...config.coap, perAddressPerSecond: COAP_PER_ADDRESS },
      { ingest, incidents, clock, log: log.child({ part: 'coap' }), metrics },
    ),
  )
}
