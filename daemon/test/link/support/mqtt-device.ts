import { createHash } from 'node:crypto'
import { type Answer, decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import mqtt from 'mqtt'
import type { TestDevice } from './devices.ts'
import type { Hospital } from './hospital.ts'
import { until } from './until.ts'

export const hexDigest = (bytes: Uint8Array) =>
  toHex(createHash('sha256').update(bytes).digest()) as string as Hex32

/** Where a hospital's broker is, and what a device must know of it. */
export interface BrokerAt {
  readonly port: number
  readonly ca: string
  readonly hospital: Hospital['hospital']['operator']
  readonly nonce: () => string | Promise<string>
}

export const brokerOf = ({ broker, tls, hospital, nonces }: Hospital): BrokerAt => ({
  port: broker.port,
  ca: tls.ca,
  hospital: hospital.operator,
  nonce: () => nonces.issue(),
})

/** One device on one MQTT connection, with all that it was told. */
export class MqttDevice {
  readonly client: mqtt.MqttClient
  readonly device: TestDevice
  readonly answers: Answer[] = []
  closes = 0

  private constructor(client: mqtt.MqttClient, device: TestDevice) {
    this.client = client
    this.device = device
    client.on('message', (_topic, payload) => this.answers.push(...decodeAnswers(payload)))
    client.on('close', () => this.closes++)
  }

  static async connect(
    at: BrokerAt,
    device: TestDevice,
    options: mqtt.IClientOptions = {},
  ): Promise<MqttDevice> {
    const clientId = 'agent'
    const client = await mqtt.connectAsync({
      protocol: 'mqtts',
      host: '127.0.0.1',
      servername: 'localhost',
      port: at.port,
      ca: at.ca,
      clientId,
      username: device.address,
      password: device.token(at.hospital, clientId, await at.nonce()),
      reconnectPeriod: 0,
      ...options,
    })
    const connected = new MqttDevice(client, device)
    await client.subscribeAsync(topicOf(device.address, 'answer'))
    return connected
  }

  /** Resolves with the PUBACK. */
  async publish(kind: 'batch' | 'question', bytes: Uint8Array): Promise<void> {
    await this.client.publishAsync(topicOf(this.device.address, kind), Buffer.from(bytes), { qos: 1 })
  }

  /** The answer that names these bytes. */
  async answerTo(bytes: Uint8Array): Promise<Answer> {
    const digest = hexDigest(bytes)
    return until(() => this.answers.find((answer) => namesDigest(answer, digest)))
  }

  async end(): Promise<void> {
    await this.client.endAsync(true)
  }
}

/** Whether `answer` is about the bytes with this digest. */
export function namesDigest(answer: Answer, digest: Hex32): boolean {
  switch (answer.kind) {
    case 'refused':
      return answer.refusal.digest === digest
    case 'busy':
      return answer.digest === digest
    case 'receipts':
      return answer.proven.some(({ leaf }) => toHex(leaf.digest) === digest)
    case 'label-keys':
    case 'hospitals':
      return false
  }
}

/** In words: `receipts`, `busy`, or the reason of a refusal. */
export const nameOf = (answer: Answer): string =>
  answer.kind === 'refused' ? answer.refusal.reason : answer.kind
