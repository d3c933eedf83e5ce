import { mkdir } from 'node:fs/promises'
import { toHex } from '@hygeia/protocol/ids'
import { encodeReceipt } from '@hygeia/protocol/receipt/codec'
import { systemClock } from '@hygeia/runtime/clock'
import { ServiceStack, together } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { type Api, createApi } from './api/api.ts'
import type { RealmDocument, ReceiptPort } from './api/ports.ts'
import { checkCertificateClock, checkChainClock } from './clock-check.ts'
import type { DaemonConfig } from './config/config.ts'
import { type Endpoints, writeEndpoints } from './endpoints.ts'
import type { EngineEnvironment } from './engines/engines.ts'
import { readKeys } from './init/keys.ts'
import { makeOperatorToken } from './init/operator-token.ts'
import { readCertificates } from './init/tls-files.ts'
import { loadRecover } from './verify/recover.ts'
import { startAccess } from './wiring/access.ts'
import { openBroker } from './wiring/broker.ts'
import { type BrowserParts, startBrowsers } from './wiring/browsers.ts'
import { type ChainParts, startChain } from './wiring/chain.ts'
import {
  governanceOf,
  type ReplicationParts,
  startConsortium,
  startReplication,
  startStated,
} from './wiring/consortium.ts'
import type { Context } from './wiring/context.ts'
import { openDapp } from './wiring/dapp.ts'
import { openGauges } from './wiring/gauges.ts'
import { operatorPort, readyChecks } from './wiring/health.ts'
import { type IngestParts, openCoap, startIngest } from './wiring/ingest.ts'
import { startIpfs } from './wiring/ipfs.ts'
import { startLive } from './wiring/live.ts'
import { startNotices } from './wiring/notices.ts'
import { startOperations, startStaff } from './wiring/operations.ts'

/**
 * Build every part of the hospital and run until `signal` aborts or a part fails.
 *
 * @param onReady - told once every door is open
 * @param env - where geth and Kubo are looked for
 * @throws what kept it from starting, or the fault that ended it, after everything was stopped
 */
export async function runDaemon(
  config: DaemonConfig,
  log: Logger,
  signal: AbortSignal,
  onReady: (endpoints: Endpoints) => void,
  env: EngineEnvironment = {},
): Promise<void> {
  const fault = new AbortController()
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const stack = new ServiceStack()
  try {
    const context: Context = {
      config,
      stack,
      metrics,
      log,
      env,
      keys: await readKeys(config.keysDir),
      tls: await readCertificates(config.keysDir),
      clock: systemClock,
      recover: await loadRecover(),
      onFault: (cause) => {
        log.fatal({ err: cause }, 'part failed')
        fault.abort(cause)
      },
    }
    checkCertificateClock(context.tls, context.clock)
    // In the order in which a batch passes; the doors last, when everything behind them works.
    // Kubo takes as long to start as geth does, and neither needs the other.
    const [chain, ipfs] = await together(startChain(context), startIpfs(context))
    checkChainClock(chain.engine, context.clock)
    const consortium = await startConsortium(context, chain)
    const ingest = await startIngest(context, chain, consortium, ipfs)
    const replication = await startReplication(context, chain, consortium, ingest)
    openGauges(context, chain, ingest)
    let endpoints: Endpoints | undefined
    let browsers: BrowserParts | undefined
    const team = await startStaff(context)
    const access = await startAccess(
      context,
      chain,
      ingest,
      replication,
      () => domainsOf(config, endpoints),
      team.staff,
    )
    const push = await startNotices(context, ingest, access)
    const mqtt = await openBroker(context, ingest)
    const coap = await openCoap(context, ingest)
    const governance = await governanceOf(
      context,
      chain,
      consortium,
      access.votes,
      () => endpoints?.api ?? '',
    )
    const both = { ...consortium, ...replication }
    const api: Api = await createApi(
      {
        ...config.api,
        tls: context.tls,
        ca: context.tls.ca,
        operatorToken: await makeOperatorToken(config.dataDir),
      },
      {
        ...access,
        ...ingest,
        realm: () => realmDocument(context, chain, endpoints),
        chain: chain.engine,
        deviceNonces: ingest.nonces,
        devices: ingest.directory,
        deviceNotes: ingest.store.devices,
        batches: ingest.store.reader,
        validators: chain.validators,
        receipts: encodedReceipts(ingest, replication),
        consortium: replication.port,
        governance,
        ...team,
        ...(await startOperations(
          context,
          team,
          chain,
          ingest,
          access,
          both,
          governance,
          () => browsers?.certificates() ?? [],
        )),
        operator: operatorPort(context, chain, ingest, access, both),
        push,
        dapp: await openDapp(context),
        live: await startLive(context, ingest, access),
        checks: { ...readyChecks(context, chain, ingest), ...mqtt.checks },
        log: log.child({ part: 'api' }),
        metrics,
      },
    )
    await stack.add(api)
    browsers = await startBrowsers(context, api)
    endpoints = {
      pid: process.pid,
      api: `https://${config.publicHost}:${api.port}`,
      ...(browsers && { web: browsers.url }),
      mqtt: mqtt.url,
      coap: `coap://${config.publicHost}:${coap.port}`,
      rpc: chain.engine.rpcUrl,
    }
    await access.addresses.announce({ api: endpoints.api, caHash: context.tls.caHash })
    await startStated(context, consortium, access.addresses)
    await writeEndpoints(config.dataDir, endpoints)
    onReady(endpoints)
    await until(AbortSignal.any([signal, fault.signal]))
  } finally {
    await stack.stop()
  }
  fault.signal.throwIfAborted()
}

/** Receipts as bytes, of what was sent here and of what other hospitals anchored. */
function encodedReceipts({ receipts }: IngestParts, replication: ReplicationParts): ReceiptPort {
  return {
    receipt: async (digest) => {
      const receipt = (await receipts.receiptOf(digest)) ?? (await replication.receipts.receiptOf(digest))
      return receipt === undefined ? undefined : encodeReceipt(receipt)
    },
  }
}

function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Hosts that a sign-in message may name. */
function domainsOf({ publicHost }: DaemonConfig, endpoints: Endpoints | undefined): readonly string[] {
  if (endpoints === undefined) return []
  const { api, web = api } = endpoints
  return [new URL(api).host, publicHost, new URL(web).host]
}

function realmDocument(
  { keys, tls }: Context,
  chain: ChainParts,
  endpoints: Endpoints | undefined,
): RealmDocument {
  const { engine, realm, contracts } = chain
  return {
    ...realm,
    consent: contracts.consent,
    anchor: contracts.anchor,
    hospital: keys.accounts.operator.signer.address,
    receiptKey: keys.accounts.receipt.signer.address,
    proxyKey: toHex(keys.proxyKey),
    caHash: tls.caHash,
    mqtt: endpoints?.mqtt ?? '',
    coap: endpoints?.coap ?? '',
    periodSec: engine.info.periodSec,
    epoch: engine.info.epoch,
    engine: engine.info.engine,
    singleSigner: engine.info.singleSigner,
  }
}
