import type { Category } from '@hygeia/protocol/channel'
import { type AgentConfig, channelsOf } from '../config/config.ts'
import { outputsOf } from '../signals/config.ts'
import type { FlowNode } from './flow.ts'
import { TYPES } from './node-types.ts'
import { SEVERAL_INPUTS } from './sensor-fields.ts'
import { signalFields } from './signal-fields.ts'
import { alertFields, news2Fields } from './watching.ts'

const TAB = 'hygeia-bedside'
const LEFT = 140
const COLUMN = 240
const ROW = 80
const UPLINK = 'hygeia-uplink'

const recordId = (category: Category) => `hygeia-record-${category}`

/** The flow that compiles to what `config` says: sources on the left, what is derived, records, and one uplink. */
export function flowOf(config: AgentConfig): readonly FlowNode[] {
  const { sensors, signals, alerts, batch, seal, uplink } = config
  const measured = channelsOf(config).map(({ category }) => category)
  const categories = [...new Set<Category>([...measured, 'alert'])]
  const place = (column: number, row: number) => ({ z: TAB, x: LEFT + column * COLUMN, y: (row + 1) * ROW })
  const signalId = (index: number) => `hygeia-signal-${index + 1}`
  const signalRow = (from: string) =>
    sensors.findIndex(({ channels }) => channels.some(({ channel }) => channel.name === from))
  const recordColumn = signals.length === 0 ? 1 : 2
  const watching = [
    ...(alerts.news2 === undefined ? [] : [{ type: TYPES.news2, ...news2Fields(alerts.news2) }]),
    { type: TYPES.alert, ...alertFields(alerts), acknowledge: 'payload', acknowledgeType: 'msg' },
  ]
  return [
    { id: TAB, type: 'tab', label: 'Bedside', disabled: false, info: '' },
    ...sensors.map(({ name, channels, kind, ...fields }, row) => {
      const derived = signals.flatMap(({ from }, index) =>
        channels.some(({ channel }) => channel.name === from.name) ? [signalId(index)] : [],
      )
      return {
        id: `hygeia-sensor-${name}`,
        type: TYPES.sensor,
        name: '',
        sensor: name,
        kind,
        ...fields,
        ...('inputs' in fields ? { inputs: undefined, [SEVERAL_INPUTS]: JSON.stringify(fields.inputs) } : {}),
        ...('address' in fields ? { address: `0x${fields.address.toString(16).padStart(2, '0')}` } : {}),
        channels: channels.map((one) => ({ ...one, channel: one.channel.name })),
        ...place(0, row),
        wires: [[...derived, ...new Set(channels.map(({ channel }) => recordId(channel.category)))]],
      }
    }),
    ...signals.map((signal, index) => ({
      id: signalId(index),
      type: TYPES.signal,
      name: '',
      ...signalFields(signal),
      ...place(1, signalRow(signal.from.name) + index / 2),
      wires: [[...new Set(outputsOf(signal).map(({ category }) => recordId(category)))]],
    })),
    ...watching.map((fields, row) => ({
      id: fields.type,
      name: '',
      ...fields,
      ...place(0, sensors.length + row),
      wires: [[recordId('alert')]],
    })),
    ...categories.map((category, row) => ({
      id: recordId(category),
      type: TYPES.record,
      name: '',
      category,
      windowSec: category === 'alert' ? 0 : batch.windowMs[category] / 1_000,
      priority: seal.priorities[category],
      raw: 'beside',
      ...place(recordColumn, row + 0.5),
      wires: [[UPLINK]],
    })),
    {
      id: UPLINK,
      type: TYPES.uplink,
      name: '',
      kind: uplink.kind,
      url: uplink.url ?? '',
      ...place(recordColumn + 1, 1),
      wires: [[]],
    },
    {
      id: 'hygeia-status',
      type: TYPES.status,
      name: '',
      ...place(0, sensors.length + watching.length + 0.5),
      wires: [[]],
    },
  ]
}
