import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { abi as anchorAbi } from '@hygeia/contracts/anchor'
import { type Hex, toHex } from '@hygeia/protocol/ids'
import { encodeReceipt } from '@hygeia/protocol/receipt/codec'
import { type Clock, systemClock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import { createLog } from '@hygeia/runtime/log'
import { ClassicLevel } from 'classic-level'
import { Interface } from 'ethers'
import { Registry } from 'prom-client'
import { type ApiDeps, type ApiOptions, createApi } from '../../../src/api/api.ts'
import { openAudit } from '../../../src/audit/audit.ts'
import { EmbeddedChain } from '../../../src/chain/embedded/engine.ts'
import { type Contracts, ensureContracts } from '../../../src/deployment/deployment.ts'
import { DeviceHospitalStore } from '../../../src/device-hospitals/store.ts'
import { Addresses } from '../../../src/directory/addresses.ts'
import { DirectoryView } from '../../../src/directory/view.ts'
import { Emergencies } from '../../../src/emergency/emergencies.ts'
import { Erasures } from '../../../src/erasure/erasures.ts'
import { openGrants } from '../../../src/grants/grants.ts'
import { OnChain } from '../../../src/grants/on-chain.ts'
import { PhysicianKeys } from '../../../src/grants/physician-keys.ts'
import { Incidents } from '../../../src/incidents/incidents.ts'
import { Ingest } from '../../../src/ingest/ingest.ts'
import { Refuser } from '../../../src/ingest/refuser.ts'
import { initHospital } from '../../../src/init/init.ts'
import { addressesOf, readKeys } from '../../../src/init/keys.ts'
import { readCertificates } from '../../../src/init/tls-files.ts'
import { LabelKeyStore } from '../../../src/label-keys/store.ts'
import { Live } from '../../../src/live/live.ts'
import { Mailboxes } from '../../../src/pairing/mailboxes.ts'
import { ReceiptBook } from '../../../src/receipt/book.ts'
import { ReencryptPool } from '../../../src/reencrypt/pool.ts'
import { Reencryptor } from '../../../src/reencrypt/reencryptor.ts'
import { Relay } from '../../../src/relay/relay.ts'
import { Votes } from '../../../src/relay/votes.ts'
import { ReplicaErasing } from '../../../src/replication/erasing.ts'
import { Nonces } from '../../../src/session/nonces.ts'
import { Sessions } from '../../../src/session/sessions.ts'
import { openStore } from '../../../src/store/store.ts'
import { type JournaledTransaction, TransactionJournal } from '../../../src/transactor/journal.ts'
import { Transactor } from '../../../src/transactor/transactor.ts'
import { loadRecover } from '../../../src/verify/recover.ts'
import { Client } from './client.ts'
import { openConsortium } from './membership.ts'
import { openOperations } from './operations.ts'
import { RESERVE_BYTES, type Start } from './start.ts'

export type Hospital = Awaited<ReturnType<typeof startHospital>>

export interface HospitalOptions {
  /** Folder of a hospital that ran before, or was made; a new one when left out. */
  readonly dir?: string
  /** A hospital whose chain this one joins. */
  readonly founder?: { readonly engine: EmbeddedChain; readonly contracts: Contracts }
  readonly clock?: Clock
  readonly workers?: number
  readonly witness?: 'operator' | 'automatic'
  readonly api?: Partial<ApiOptions>
}

export const OPERATOR_TOKEN = 'operator-token-of-the-tests'

/** The way of a permission in a real hospital: chain, contracts, grants, proxy, audit log and API. */
export async function startHospital({
  dir: given,
  clock = systemClock,
  workers = 2,
  witness = 'operator',
  founder,
  api: apiOptions,
}: HospitalOptions = {}) {
  const dir = given ?? (await mkdtemp(join(tmpdir(), 'hygeia-api-')))
  const log = createLog('test', 'silent')
  const metrics = new Registry()
  const keysDir = join(dir, 'keys')
  if (given === undefined) {
    await initHospital({
      dir,
      hosts: ['localhost', '127.0.0.1'],
      periodSec: 1,
      gasLimit: 4_700_000,
      epoch: 30_000,
    })
  }
  const keys = await readKeys(keysDir)
  const tls = await readCertificates(keysDir)
  const hospital = addressesOf(keys)
  const data = join(dir, 'data')
  const started: Service[] = []
  const start: Start = async (service) => {
    started.unshift(service)
    await service.start()
    return service
  }

  const embedded = async () =>
    new EmbeddedChain(
      {
        dir: join(data, 'chain'),
        genesis: JSON.parse(await readFile(join(keysDir, 'genesis.json'), 'utf8')),
        signerKey: keys.accounts.validator.key,
        rpc: { host: '127.0.0.1', port: 0 },
      },
      { log, onFault: (cause) => log.error({ err: cause }, 'engine ended') },
    )
  const engine = founder?.engine ?? (await start(await embedded()))
  const account = async (name: 'operator' | 'anchor' | 'relay') => {
    const path = join(data, 'transactions', name)
    const level = new ClassicLevel<string, JournaledTransaction>(path, { valueEncoding: 'json' })
    await level.open()
    const options = { tipWei: 1_000_000_000n, gasInFlight: 3_760_000, stuckBlocks: 5 }
    const journal = new TransactionJournal(level)
    return await start(new Transactor(options, { engine, journal, key: keys.accounts[name].key, log }))
  }
  const [operator, anchor, relayAccount] = [
    await account('operator'),
    await account('anchor'),
    await account('relay'),
  ]
  const contracts = founder?.contracts ?? (await ensureContracts({ engine, operator, hospital, log }))
  const { chainId, genesisHash } = engine.info
  const realm = {
    chainId,
    directory: contracts.directory,
    genesis: genesisHash as typeof hospital.proxyKeyDigest,
  }
  const recover = await loadRecover()
  const common = { clock, log, metrics, recover, realm }
  const open = { reserveBytes: RESERVE_BYTES }

  const store = await openStore(
    { ...open, path: join(data, 'store'), keepMs: 86_400_000 },
    { log, archive: { get: async () => undefined } },
  )
  started.unshift({ start: async () => {}, stop: () => store.close() })
  const devices = await start(
    new DirectoryView(
      { ...open, path: join(data, 'directory'), directory: contracts.directory },
      { ...common, engine },
    ),
  )
  const patientOf = (device: Parameters<typeof devices.device>[0]) => devices.device(device)?.patient
  const labelKeys = await start(
    new LabelKeyStore({ ...open, path: join(data, 'label-keys') }, { ...common, patientOf }),
  )
  const deviceHospitals = await start(
    new DeviceHospitalStore({ ...open, path: join(data, 'device-hospitals') }, { ...common, patientOf }),
  )
  const onChain = new OnChain({ directory: contracts.directory }, { chain: engine })
  const relay = new Relay(
    { realm, consent: () => contracts.consent, perSigner: 40 },
    { ...common, chain: engine, account: relayAccount },
  )
  const votes = new Votes({ directory: contracts.directory }, { chain: engine, operator })
  const { book, ipfs, receiptSigner, standings, replicaReceipts, answers, governance } = await openConsortium(
    {
      ...{ start, data, keys, tls, hospital, realm, contracts, engine, operator, store, votes, log, metrics },
    },
  )
  const audit = await openAudit(
    { ...open, dir: join(data, 'audit'), hospital: hospital.operator, realm, anchorMs: 500 },
    { ...common, signer: keys.accounts.receipt.signer, anchorer: { anchorAudit } },
  )
  await start(audit)
  async function anchorAudit({ root, count, manifest }: { root: string; count: number; manifest: string }) {
    const values = [1, root, count, manifest]
    const data = new Interface(anchorAbi).encodeFunctionData('anchor', values) as Hex
    const { hash, ...block } = await anchor.send({ to: contracts.anchor, data, gasLimit: 160_000 })
    return { transaction: hash, ...block }
  }
  const pool = await start(new ReencryptPool({ workers }, common))
  const grants = await openGrants(
    {
      ...open,
      dir: join(data, 'grants'),
      kfragsDir: join(data, 'kfrags'),
      realm,
      hospital: hospital.operator,
      proxyKey: keys.proxyKey,
    },
    {
      ...common,
      proxySecret: keys.proxySecret,
      storageKey: keys.storageKey,
      physicians: onChain,
      devices,
      labelKeys,
      verifier: pool,
      chain: engine,
      onChain,
      relay,
      audit,
      forget: (grant) => pool.forget(grant),
    },
  )
  await start(grants)
  const reencryptor = await start(
    new Reencryptor(
      { ...open, dir: join(data, 'nonces'), hospital: hospital.operator, realm, periodSec: 1 },
      { ...common, chain: engine, permissions: onChain, grants, batches: store.reader, devices, audit, pool },
    ),
  )
  const physicianKeys = await start(
    new PhysicianKeys({ ...open, dir: join(data, 'physician-keys') }, { ...common, physicians: onChain }),
  )
  const emergencies = new Emergencies(
    { realm, hospital: hospital.operator, witness },
    { ...common, grants, onChain, audit, relay, signer: keys.accounts.receipt.signer },
  )
  const replicas = new ReplicaErasing({ hospital: hospital.operator }, { book, standings })
  const erasures = new Erasures(
    { realm, hospital: hospital.operator },
    { ...common, store, ipfs, replicas, devices, grants, audit },
  )
  const addresses = new Addresses(
    { path: join(data, 'hospitals.json'), realm, hospital: hospital.operator },
    {
      ...common,
      signer: keys.accounts.receipt.signer,
      receiptKeyOf: (operator) => onChain.receiptKeyOf(operator),
    },
  )
  await addresses.open()
  const receipts = new ReceiptBook({ realm, hospital: hospital.operator }, { store, receiptSigner, clock })
  const live = await start(new Live({}, { store, receipts, grants, audit, devices }))
  const incidents = await start(
    new Incidents({ ...open, path: join(data, 'incidents'), limit: 100 }, { clock, log, metrics }),
  )
  const ingest = new Ingest(
    { realm, limits: { count: 64, bytes: 8 * RESERVE_BYTES, countEach: 16 }, questionsPerSecond: 10 },
    {
      ...common,
      journal: store,
      receipts,
      directory: devices,
      labelKeys,
      deviceHospitals,
      refuser: new Refuser(
        { realm, hospital: hospital.operator, signaturesPerSecond: 50 },
        { receiptSigner, clock },
      ),
      incidents,
      mayTake: () => true,
      room: { isFull: false },
    },
  )
  const { operationsLog, staffFile, staff, validators, operations, proposals } = await openOperations({
    ...{
      start,
      data,
      keys,
      tls,
      engine,
      store,
      ipfs,
      book,
      incidents,
      devices,
      physicianKeys,
      governance,
      votes,
    },
    ...{ clock, log, metrics },
  })
  const domains: string[] = []
  const sessions = new Sessions({ chainId, domains: () => domains }, { ...common, accounts: onChain, staff })
  const mailboxes = new Mailboxes({ realm }, common)
  const apiDefaults = { host: '127.0.0.1', port: 0, tls, ca: tls.ca, operatorToken: OPERATOR_TOKEN }
  const served: ApiDeps = {
    ...common,
    realm: () => ({
      ...realm,
      ...contracts,
      hospital: hospital.operator,
      receiptKey: hospital.receipt,
      proxyKey: toHex(keys.proxyKey),
      caHash: tls.caHash,
      mqtt: 'mqtts://127.0.0.1:8883',
      coap: 'coap://127.0.0.1:5683',
      periodSec: 1,
      engine: 'embedded',
      singleSigner: true,
    }),
    deviceNonces: new Nonces({ ttlMs: 60_000, limit: 10_000 }, common),
    chain: engine,
    relay,
    sessions,
    grants,
    physicianKeys,
    mailboxes,
    devices,
    deviceNotes: store.devices,
    labelKeys,
    deviceHospitals,
    batches: store.reader,
    ingest,
    receipts: {
      receipt: async (digest) => {
        const receipt = await receipts.receiptOf(digest)
        return receipt && encodeReceipt(receipt)
      },
    },
    reencryptor,
    audit,
    emergencies,
    erasures,
    addresses,
    validators,
    staff,
    operations,
    operationsLog,
    proposals,
    governance,
    consortium: {
      self: () => ({ hospital: hospital.operator, ipfs: [] }),
      answer: (nonce, manifests) => answers.answer(nonce, manifests),
      holdingsOf: (digest) => replicaReceipts.holdingsOf(digest),
    },
    operator: {
      admit: (it) => votes.admit(it),
      suspend: (it) => votes.suspend(it),
      rotate: async () => {
        throw new Error('keys stay as they are here')
      },
      status: async () => ({ block: engine.head.number }),
    },
    live,
    dapp: { root: undefined, files: new Set() },
    checks: { chain: () => (engine.head.number > 0 ? undefined : 'no block') },
  }
  const api = await createApi({ ...apiDefaults, ...apiOptions }, served)
  await start(api)
  domains.push(`127.0.0.1:${api.port}`)
  const client = new Client({ port: api.port, ca: tls.ca })
  return {
    ...{
      dir,
      keys,
      tls,
      hospital,
      contracts,
      realm,
      engine,
      store,
      devices,
      labelKeys,
      onChain,
      relay,
      relayAccount,
      operator,
    },
    ...{
      audit,
      pool,
      grants,
      reencryptor,
      physicianKeys,
      emergencies,
      addresses,
      receipts,
      live,
      incidents,
      staffFile,
      operationsLog,
      proposals,
      sessions,
      mailboxes,
      api,
      client,
      metrics,
      recover,
    },
    operatorToken: OPERATOR_TOKEN,
    /** A further door to the same hospital, to be closed by who opened it. */
    async serve(options: Partial<ApiOptions>, parts: Partial<ApiDeps> = {}) {
      const further = await createApi(
        { ...apiDefaults, ...options },
        { ...served, metrics: new Registry(), ...parts },
      )
      await further.start()
      domains.push(`127.0.0.1:${further.port}`)
      return further
    },
    async stop() {
      client.close()
      for (const service of started) await service.stop()
    },
    async destroy() {
      await this.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
