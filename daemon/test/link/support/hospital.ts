import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { type Clock, systemClock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import { ClassicLevel } from 'classic-level'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { Anchorer } from '../../../src/anchor/anchorer.ts'
import { OwnManifests } from '../../../src/anchor/own-manifests.ts'
import { ALONE } from '../../../src/anchor/permit.ts'
import { MqttBroker } from '../../../src/broker/broker.ts'
import { EmbeddedChain } from '../../../src/chain/embedded/engine.ts'
import { CoapDoor } from '../../../src/coap/door.ts'
import { ensureContracts } from '../../../src/deployment/deployment.ts'
import { DeviceHospitalStore } from '../../../src/device-hospitals/store.ts'
import { DirectoryView } from '../../../src/directory/view.ts'
import { Incidents } from '../../../src/incidents/incidents.ts'
import { Ingest } from '../../../src/ingest/ingest.ts'
import { Refuser } from '../../../src/ingest/refuser.ts'
import { initHospital } from '../../../src/init/init.ts'
import { addressesOf, type HospitalKeys, readKeys } from '../../../src/init/keys.ts'
import { readCertificates } from '../../../src/init/tls-files.ts'
import { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import { LabelKeyStore } from '../../../src/label-keys/store.ts'
import { ReceiptBook } from '../../../src/receipt/book.ts'
import { Courier } from '../../../src/receipt/courier.ts'
import { Nonces } from '../../../src/session/nonces.ts'
import { Archiver } from '../../../src/store/archiver.ts'
import { openStore } from '../../../src/store/store.ts'
import { type JournaledTransaction, TransactionJournal } from '../../../src/transactor/journal.ts'
import { Transactor } from '../../../src/transactor/transactor.ts'
import { loadRecover } from '../../../src/verify/recover.ts'

export interface HospitalOptions {
  readonly clock?: Clock
  readonly periodSec?: number
  readonly coap?: { readonly perAddressPerSecond?: number }
  readonly mqttPort?: number
  readonly coapPort?: number
  /** Folder of the journal when it is to lie on another disk. */
  readonly storePath?: string
  /** Kept free on the journal's disk. */
  readonly storeReserveBytes?: number
  readonly logLevel?: 'silent' | 'warn' | 'info' | 'debug'
}

export type Hospital = Awaited<ReturnType<typeof startHospital>>

const MIB = 1024 * 1024

/** The way of a batch in a real hospital, from its doors to the chain and back, without API and grants. */
export async function startHospital(dir: string, options: HospitalOptions = {}) {
  const clock = options.clock ?? systemClock
  const log = pino({ level: options.logLevel ?? 'silent' }, pino.destination({ dest: 2, sync: true }))
  const metrics = new Registry()
  const reserveBytes = 16 * MIB
  const keysDir = join(dir, 'keys')
  const keys = await readKeys(keysDir).catch(async () => {
    const { periodSec = 1 } = options
    await initHospital({
      dir,
      hosts: ['localhost', '127.0.0.1'],
      periodSec,
      gasLimit: 100_000_000,
      epoch: 30_000,
    })
    return readKeys(keysDir)
  })
  const data = join(dir, 'data')
  const tls = await readCertificates(keysDir)
  const genesis: unknown = JSON.parse(await readFile(join(keysDir, 'genesis.json'), 'utf8'))
  const started: Service[] = []
  const start = async <S extends Service>(service: S): Promise<S> => {
    started.unshift(service)
    await service.start()
    return service
  }
  const engine = await start(
    new EmbeddedChain(
      {
        dir: join(data, 'chain'),
        genesis,
        signerKey: keys.accounts.validator.key,
        rpc: { host: '127.0.0.1', port: 0 },
      },
      { log, onFault: (cause) => log.error({ err: cause }, 'engine ended') },
    ),
  )
  const accounts = {
    operator: await start(await transactorOf('operator', { data, engine, keys, log })),
    anchor: await start(await transactorOf('anchor', { data, engine, keys, log })),
    relay: await start(await transactorOf('relay', { data, engine, keys, log })),
  }
  const hospital = addressesOf(keys)
  const contracts = await ensureContracts({ engine, operator: accounts.operator, hospital, log })
  const realm: Realm = {
    chainId: engine.info.chainId,
    directory: contracts.directory,
    genesis: engine.info.genesisHash as Realm['genesis'],
  }
  const common = { clock, log, metrics }
  const recover = await loadRecover()
  const ipfs = await start(embeddedIpfs({ path: join(data, 'ipfs'), listen: [], reserveBytes }, { log }))
  const store = await openStore(
    {
      path: options.storePath ?? join(data, 'ingest'),
      reserveBytes: options.storeReserveBytes ?? reserveBytes,
      keepMs: 86_400_000,
    },
    { log, archive: { get: (digest) => ipfs.get(digest) } },
  )
  started.unshift({ start: async () => {}, stop: () => store.close() })
  const directory = await start(
    new DirectoryView(
      { path: join(data, 'directory'), directory: contracts.directory, reserveBytes },
      { ...common, engine },
    ),
  )
  const labelKeys = await start(
    new LabelKeyStore(
      { path: join(data, 'label-keys'), reserveBytes },
      { realm, recover, patientOf: (device) => directory.device(device)?.patient, log },
    ),
  )
  const deviceHospitals = await start(
    new DeviceHospitalStore(
      { path: join(data, 'device-hospitals'), reserveBytes },
      { realm, recover, patientOf: (device) => directory.device(device)?.patient, log },
    ),
  )
  const incidents = await start(
    new Incidents({ path: join(data, 'incidents'), limit: 10_000, reserveBytes }, common),
  )
  const receiptSigner = keys.accounts.receipt.signer
  const receipts = new ReceiptBook({ realm, hospital: hospital.operator }, { store, receiptSigner, clock })
  const archiver = await start(new Archiver({ isWitnessed: false }, { store, blocks: ipfs, log }))
  const refuser = new Refuser(
    { realm, hospital: hospital.operator, signaturesPerSecond: 500 },
    { receiptSigner, clock },
  )
  const ingest = new Ingest(
    { realm, limits: { count: 8_192, bytes: 64 * MIB, countEach: 512 }, questionsPerSecond: 50 },
    {
      ...common,
      recover,
      journal: store,
      receipts,
      directory,
      labelKeys,
      deviceHospitals,
      refuser,
      incidents,
      mayTake: () => true,
      room: { isFull: false },
    },
  )
  const anchorer = await start(
    new Anchorer(
      { hospital: hospital.operator, contract: contracts.anchor, leadMs: 200 },
      {
        ...common,
        ...{ engine, transactor: accounts.anchor, store, archiver, ipfs, receipts, permit: ALONE },
        manifests: new OwnManifests({ hospital: hospital.operator }, { store }),
      },
    ),
  )
  const nonces = new Nonces({ ttlMs: 60_000, limit: 10_000 }, { clock })
  const broker = await start(
    new MqttBroker(
      {
        host: '127.0.0.1',
        port: options.mqttPort ?? 0,
        tls,
        hospital: hospital.operator,
        connections: 1_000,
        connectionsPerAddress: 500,
        connectionsPerDevice: 4,
      },
      { ...common, ingest, incidents, nonces, directory },
    ),
  )
  await start(new Courier({ receipts, labelKeys, door: broker, log }))
  const coap = await start(
    new CoapDoor(
      {
        host: '127.0.0.1',
        port: options.coapPort ?? 0,
        perAddressPerSecond: options.coap?.perAddressPerSecond ?? 100_000,
      },
      { ...common, ingest, incidents },
    ),
  )
  return {
    ...{ dir, keys, tls, hospital, contracts, realm, engine, accounts, ipfs, store, directory, labelKeys },
    deviceHospitals,
    ...{ incidents, receipts, archiver, ingest, anchorer, nonces, broker, coap, metrics, recover },
    receiptKey: receiptSigner.address,
    async stop() {
      for (const service of started) await service.stop()
    },
  }
}

async function transactorOf(
  name: 'operator' | 'anchor' | 'relay',
  { data, engine, keys, log }: { data: string; engine: EmbeddedChain; keys: HospitalKeys; log: pino.Logger },
): Promise<Transactor> {
  const level = new ClassicLevel<string, JournaledTransaction>(join(data, 'transactions', name), {
    valueEncoding: 'json',
  })
  await level.open()
  return new Transactor(
    { tipWei: name === 'anchor' ? 2_000_000_000n : 1_000_000_000n, gasInFlight: 80_000_000, stuckBlocks: 5 },
    { engine, journal: new TransactionJournal(level), key: keys.accounts[name].key, log },
  )
}
