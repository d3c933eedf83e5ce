import { type Address, parseAddress } from '../ids.ts'

/** Where a device publishes (`batch`, `question`) and listens (`answer`). */
export const TOPIC_KINDS = ['batch', 'question', 'answer'] as const
export type TopicKind = (typeof TOPIC_KINDS)[number]

/** `hygeia/1/<device>/<kind>` */
export function topicOf(device: Address, kind: TopicKind): string {
  return `hygeia/1/${device}/${kind}`
}

/** @returns undefined for every other topic */
export function parseTopic(
  topic: string,
): { readonly device: Address; readonly kind: TopicKind } | undefined {
  const [, device, name] = /^hygeia\/1\/(0x[0-9a-f]{40})\/([a-z]+)$/.exec(topic) ?? []
  const kind = TOPIC_KINDS.find((known) => known === name)
  return device === undefined || kind === undefined ? undefined : { device: parseAddress(device), kind }
}

/** CoAP paths of the same; a question is a POST whose response is the answers. */
export const COAP_PATHS = { batch: '/batch', question: '/question' } as const
