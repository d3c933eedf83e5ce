import { readFile } from 'node:fs/promises'
import { RuntimeError } from '@hygeia/runtime/errors'
import type { ReadyCheck } from '../api/ports.ts'
import { MqttBroker } from '../broker/broker.ts'
import type { ExternalBrokerConfig } from '../config/mqtt.ts'
import { Courier } from '../receipt/courier.ts'
import type { Context } from './context.ts'
import type { IngestParts } from './ingest.ts'

export interface BrokerParts {
  /** Where devices find it. */
  readonly url: string
  /** What may fail of it while the daemon runs. */
  readonly checks: Readonly<Record<string, ReadyCheck>>
}

/** The MQTT door. Receipts and label keys are pushed to whoever listens. */
export async function openBroker(context: Context, parts: IngestParts): Promise<BrokerParts> {
  const { mqtt } = context.config
  return mqtt.broker === 'embedded'
    ? await openEmbedded(context, parts, mqtt)
    : await openExternal(context, parts, mqtt)
}

async function openEmbedded(
  { config, keys, tls, stack, clock, metrics, log }: Context,
  { ingest, incidents, directory, nonces, receipts, labelKeys }: IngestParts,
  listen: { readonly host: string; readonly port: number },
): Promise<BrokerParts> {
  const door = await stack.add(
    new MqttBroker(
      {
        ...listen,
        tls,
        hospital: keys.accounts.operator.signer.address,
        connections: 10_000,
        connectionsPerAddress: 1_000,
        connectionsPerDevice: 4,
      },
      { ingest, incidents, nonces, directory, clock, log: log.child({ part: 'mqtt' }), metrics },
    ),
  )
  await stack.add(new Courier({ receipts, labelKeys, door, log: log.child({ part: 'courier' }) }))
  return { url: `mqtts://${config.publicHost}:${door.port}`, checks: {} }
}

/** @throws {RuntimeError} `FILE_UNREADABLE` */
async function openExternal(
  { tls, stack, clock, metrics, log }: Context,
  { ingest, incidents, receipts, labelKeys }: IngestParts,
  { url, publicUrl, caFile, username, passwordFile, client, group, connections }: ExternalBrokerConfig,
): Promise<BrokerParts> {
  // MQTT's client is for those who run a broker of their own.
  const { ExternalBroker } = await import('../broker/external/door.ts')
  const door = await stack.add(
    new ExternalBroker(
      {
        ...{ url, username, group, connections },
        ca: caFile === undefined ? tls.ca : await read(caFile),
        password: passwordFile === undefined ? undefined : (await read(passwordFile)).trimEnd(),
        client: client && { cert: await read(client.certFile), key: await read(client.keyFile) },
      },
      { ingest, incidents, clock, log: log.child({ part: 'mqtt' }), metrics },
    ),
  )
  await stack.add(new Courier({ receipts, labelKeys, door, log: log.child({ part: 'courier' }) }))
  const checks = { mqtt: () => (door.isConnected ? undefined : 'the broker cannot be reached') }
  return { url: publicUrl, checks }
}

async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    const advice = 'put the file there, readable for the daemon, or take it out of the configuration'
    throw new RuntimeError(`cannot read ${path}: ${advice}`, { code: 'FILE_UNREADABLE', path }, { cause })
  })
}
