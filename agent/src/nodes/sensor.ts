import { CHANNELS } from '@hygeia/protocol/channel'
import * as z from 'zod'
import { registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'
import { tap } from './tap.ts'

const Channels = z.array(z.looseObject({ channel: z.string() })).catch([])

/** What the dialogs of all nodes offer. */
const DIALOG_CHANNELS = CHANNELS.map(({ name, category, unit }) => ({ name, category, unit }))

/** Hands the samples of one sensor to the user's nodes; what is wired to a *record* does not come by here. */
export default function sensor(RED: NodeApi): void {
  registerNode(
    RED,
    'hygeia-sensor',
    (node, config, host) => {
      const channels = Channels.parse(config.channels).map(({ channel }) => channel)
      return { undo: tap(node, channels, host, { sensor: config.sensor }) }
    },
    { hygeiaSensorChannels: { value: DIALOG_CHANNELS, exportable: true } },
  )
}
