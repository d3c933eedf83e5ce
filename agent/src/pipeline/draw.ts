import type { Category } from '@hygeia/protocol/channel'
import type { AgentConfig } from '../config/config.ts'
import { TYPES } from './compile.ts'
import type { FlowNode } from './flow.ts'

const TAB = 'hygeia-bedside'
const LEFT = 160
const COLUMN = 340
const ROW = 80

/** The flow that compiles to what `config` says: sensors on the left, their records, and one uplink. */
export function flowOf(config: AgentConfig): readonly FlowNode[] {
  const { sensors, batch, seal, uplink } = config
  const categories = [
    ...new Set(sensors.flatMap(({ channels }) => channels.map(({ channel }) => channel.category))),
  ]
  const place = (column: number, row: number) => ({ z: TAB, x: LEFT + column * COLUMN, y: (row + 1) * ROW })
  const recordId = (category: Category) => `hygeia-record-${category}`
  return [
    { id: TAB, type: 'tab', label: 'Bedside', disabled: false, info: '' },
    ...sensors.map(({ name, channels, kind, ...fields }, row) => ({
      id: `hygeia-sensor-${name}`,
      type: TYPES.sensor,
      name: '',
      sensor: name,
      kind,
      ...fields,
      ...('address' in fields ? { address: `0x${fields.address.toString(16).padStart(2, '0')}` } : {}),
      channels: channels.map((one) => ({ ...one, channel: one.channel.name })),
      ...place(0, row),
      wires: [[...new Set(channels.map(({ channel }) => recordId(channel.category)))]],
    })),
    ...categories.map((category, row) => ({
      id: recordId(category),
      type: TYPES.record,
      name: '',
      category,
      windowSec: category === 'alert' ? 0 : batch.windowMs[category] / 1_000,
      priority: seal.priorities[category],
      raw: 'beside',
      ...place(1, row + 0.5),
      wires: [['hygeia-uplink']],
    })),
    {
      id: 'hygeia-uplink',
      type: TYPES.uplink,
      name: '',
      kind: uplink.kind,
      url: uplink.url ?? '',
      ...place(2, 1),
      wires: [[]],
    },
    { id: 'hygeia-status', type: TYPES.status, name: '', ...place(0, sensors.length + 0.5), wires: [[]] },
  ]
}
