import { CHANNELS, type Channel } from '@hygeia/protocol/channel'
import * as z from 'zod'

const channels = new Map<string, Channel>(CHANNELS.map((channel) => [channel.name, channel]))

/** A channel, by its name. */
export const channelField = z.string().transform((name, context): Channel => {
  const found = channels.get(name)
  if (found !== undefined) return found
  context.addIssue({ code: 'custom', message: `no channel is named ${name}` })
  return z.NEVER
})

/** BCM number of a GPIO line. */
export const gpioLine = z.int().min(0).max(57)
