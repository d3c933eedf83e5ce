import { type Channel, channelNamed } from '@hygeia/protocol/channel'
import * as z from 'zod'
import { dot, registerNode } from './adapter.ts'
import type { Message, NodeApi } from './node-red-api.ts'
import { valueAt } from './property.ts'

const Value = z.union([z.number(), z.string().trim().min(1).pipe(z.coerce.number())])
const Factor = Value.refine((factor) => factor !== 0)

/** Makes a reading of what another source says: a number, or a text that is one. */
export default function readingIn(RED: NodeApi): void {
  registerNode(RED, 'hygeia-reading-in', (node, config) => {
    node.on('input', (message, send, done) => {
      const reading = readingOf(message, config)
      if (typeof reading === 'string') {
        node.status(dot('red', reading.split(':')[0] ?? reading))
        done(new Error(reading))
        return
      }
      const { channel, payload } = reading
      const isPlausible = payload >= channel.min && payload <= channel.max
      node.status(isPlausible ? dot('green', 'reading') : dot('yellow', 'suspect'))
      send({ ...message, topic: channel.name, payload, hygeia: { source: node.id } })
      done()
    })
    return {}
  })
}

/** @returns what is wrong with the message, when something is */
function readingOf(
  message: Message,
  { channel, channelType, property, factor = 1, factorType }: Record<string, unknown>,
): { readonly channel: Channel; readonly payload: number } | string {
  const from = String(property || 'payload')
  const value = Value.safeParse(valueAt(message, from))
  if (!value.success) return `no number: msg.${from} is none`
  const times = Factor.safeParse(factorType === 'msg' ? valueAt(message, String(factor)) : factor)
  if (!times.success) return `no factor: msg.${factor} is no number other than 0`
  const name = channelType === 'msg' ? valueAt(message, String(channel)) : channel
  try {
    return { channel: channelNamed(String(name)), payload: value.data * times.data }
  } catch {
    return `no channel: none is named ${name}`
  }
}
