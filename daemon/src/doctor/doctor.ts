import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Clock } from '@hygeia/runtime/clock'
import { JsonRpcProvider } from 'ethers'
import { browserTrust, trustLine } from '../browsers/trust.ts'
import type { DaemonConfig } from '../config/config.ts'
import { readEndpoints } from '../endpoints.ts'
import type { EngineEnvironment } from '../engines/engines.ts'
import { readCertificates, type TlsFiles } from '../init/tls-files.ts'
import { readRealm } from '../operator/call.ts'
import { checkCertificates } from './certificate.ts'
import { checkEngines } from './engines.ts'
import { type Finding, unwell, well } from './finding.ts'
import { addressesIn, checkKeys } from './keys.ts'
import { checkClock, checkDisk } from './machine.ts'
import { checkChain, ToldRealm } from './running.ts'

const MIB = 1_048_576

export interface DoctorDeps {
  readonly clock: Clock
  /** Says where programs are. */
  readonly env: EngineEnvironment
}

/** Look at everything that a hospital needs, and say what to do about each thing that is not well. Changes nothing. */
export async function examine(config: DaemonConfig, { clock, env }: DoctorDeps): Promise<readonly Finding[]> {
  const tls = await tlsOf(config.keysDir)
  return [
    ...(await checkKeys(config.keysDir)),
    ...('found' in tls ? [tls] : [checkPair(tls), ...checkCertificates(tls, config.publicHost, clock.now())]),
    well('pages', trustLine(browserTrust(config.browsers))),
    ...(await checkClock('found' in tls ? undefined : tls, clock)),
    ...(await checkDisk(config.dataDir, config.disk.leastFreeMiB * MIB)),
    ...(await checkEngines(config, env)),
    ...(await checkRunning(config, clock)),
  ]
}

async function tlsOf(keysDir: string): Promise<TlsFiles | Finding> {
  return await readCertificates(keysDir).catch((cause: unknown) =>
    unwell(
      'certificate',
      cause instanceof Error ? cause.message : 'cannot be read',
      'bring the keys back from a backup; with the CA’s there, hygeia-daemon keys rotate tls',
    ),
  )
}

function checkPair({ cert, key }: TlsFiles): Finding {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
    ? well('certificate key', 'belongs to the certificate')
    : unwell('certificate key', 'belongs to another certificate', 'hygeia-daemon keys rotate tls')
}

async function checkRunning(config: DaemonConfig, clock: Clock): Promise<readonly Finding[]> {
  const hospital = await addressesIn(config.keysDir)
  if (hospital === undefined) return []
  let provider: JsonRpcProvider | undefined
  try {
    const realm = ToldRealm.parse(await readRealm(config))
    const { api, rpc } = await readEndpoints(config.dataDir)
    const { batchMaxCount, polling } = { batchMaxCount: 1, polling: false }
    const chain = new JsonRpcProvider(rpc, undefined, { batchMaxCount, polling, staticNetwork: true })
    provider = chain
    const ask = (method: string, params: readonly unknown[] = []) => chain.send(method, [...params])
    return [well('daemon', `answers at ${api}`), ...(await checkChain({ ask, realm, hospital, clock }))]
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    return [unwell('daemon', found, 'hygeia-daemon run, or systemctl start hygeia-daemon, then ask again')]
  } finally {
    provider?.destroy()
  }
}
