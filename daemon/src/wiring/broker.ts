import { readFile } from 'node:fs/promises'
import { RuntimeError } from '@hygeia/runtime/errors'
import { MqttBroker } from '../broker/broker.ts'
import { ExternalBroker } from '../broker/external/door.ts'
import type { ExternalBrokerConfig } from '../config/mqtt.ts'
import { Courier } from '../receipt/courier.ts'
import type { Context } from './context.ts'
import type { IngestParts } from './ingest.ts'

/** The MQTT door, and where devices find it. Receipts and label keys are pushed to whoever listens. */
export async function openBroker(context: Context, parts: IngestParts): Promise<{ readonly url: string }> {
  const { mqtt } = context.config
  return mqtt.broker === 'embedded'
    ? await openEmbedded(context, parts, mqtt)
    : await openExternal(context, parts, mqtt)
}

async function openEmbedded(
  { config, keys, tls, stack, clock, metrics, log }: Context,
  { ingest, incidents, directory, nonces, receipts, labelKeys }: IngestParts,
  listen: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string }> {
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
  return { url: `mqtts://${config.publicHost}:${door.port}` }
}

/** @throws {RuntimeError} `FILE_UNREADABLE` */
async function openExternal(
  { tls, stack, clock, metrics, log }: Context,
  { ingest, incidents, receipts, labelKeys }: IngestParts,
  { url, publicUrl, caFile, username, passwordFile, client, group, connections }: ExternalBrokerConfig,
): Promise<{ readonly url: string }> {
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
  return { url: publicUrl }
}

async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    const advice = 'put the file there, readable for the daemon, or take it out of the configuration'
    throw new RuntimeError(`cannot read ${path}: ${advice}`, { code: 'FILE_UNREADABLE', path }, { cause })
  })
}
