import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { brief } from '../../words/format.ts'

interface Told {
  readonly device: Address
  readonly channel: ChannelName
}

/** What tells devices apart that measure the same; undefined where one alone does. */
export function whoseAmong(all: readonly Told[]): (one: Told) => string | undefined {
  const devices = new Map<ChannelName, Set<Address>>()
  for (const { device, channel } of all) {
    devices.set(channel, (devices.get(channel) ?? new Set()).add(device))
  }
  return ({ device, channel }) => ((devices.get(channel)?.size ?? 0) > 1 ? brief(device) : undefined)
}
