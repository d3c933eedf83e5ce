import { channelNamed } from '@hygeia/protocol/channel'
import { z } from 'zod'
import { dot, registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'

const Factor = z.coerce.number().pipe(z.number().refine((factor) => factor !== 0))
const Value = z.union([z.number(), z.string().trim().min(1).pipe(z.coerce.number())])

/** Makes a reading of what another source says: a number, or a text that is one. */
export default function readingIn(RED: NodeApi): void {
  registerNode(RED, 'hygeia-reading-in', (node, config) => {
    const property = String(config.property || 'payload')
    const factor = Factor.safeParse(config.factor ?? 1).data ?? 1
    node.on('input', (message, send, done) => {
      const value = Value.safeParse(at(message, property))
      if (!value.success) {
        node.status(dot('red', 'no number'))
        done(new Error(`msg.${property} is no number`))
        return
      }
      const channel = channelNamed(String(config.channel))
      const payload = value.data * factor
      const isPlausible = payload >= channel.min && payload <= channel.max
      node.status(isPlausible ? dot('green', 'reading') : dot('yellow', 'suspect'))
      send({ ...message, topic: channel.name, payload, hygeia: { source: node.id } })
      done()
    })
    return []
  })
}

/** The value below a path like `payload.spo2`. */
function at(message: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }, message)
}
