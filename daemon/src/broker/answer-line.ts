import { type Answer, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import type { Address } from '@hygeia/protocol/ids'
import type { Client } from 'aedes'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'

/** A device that does not read its answers gets no more of them; it asks again. */
const UNREAD_LIMIT_BYTES = 4 * 1024 * 1024

/** Which connections listen for answers, and the way to them. */
export class AnswerLine {
  readonly #listening = new Map<Address, Set<Client>>()
  readonly #unsent: Counter

  constructor({ metrics }: { readonly metrics: Registry }) {
    this.#unsent = new Counter({
      ...METRICS.mqttUnsentTotal,
      registers: [metrics],
    })
  }

  listen(device: Address, client: Client): void {
    this.#listening.set(device, (this.#listening.get(device) ?? new Set()).add(client))
  }

  leave(device: Address, client: Client): void {
    const clients = this.#listening.get(device)
    clients?.delete(client)
    if (clients?.size === 0) this.#listening.delete(device)
  }

  isListening(device: Address): boolean {
    return this.#listening.has(device)
  }

  /** Tell every connection of a device that listens. */
  push(device: Address, answers: readonly Answer[]): void {
    for (const client of this.#listening.get(device) ?? []) this.#send(client, device, answers)
  }

  /** Tell one connection, if it listens. */
  answer(device: Address, client: Client, answers: readonly Answer[]): void {
    if (this.#listening.get(device)?.has(client) === true) this.#send(client, device, answers)
  }

  #send(client: Client, device: Address, answers: readonly Answer[]): void {
    if (client.closed || client.conn.writableLength > UNREAD_LIMIT_BYTES) {
      this.#unsent.inc(answers.length)
      return
    }
    const payload = Buffer.from(encodeAnswers(answers))
    const topic = topicOf(device, 'answer')
    // The connection itself, not the broker: nobody else subscribes to it.
    client.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => {})
  }
}
