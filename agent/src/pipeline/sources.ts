import { type Category, channelNamed } from '@hygeia/protocol/channel'
import { SensorConfig, SensorsConfig } from '../sampling/config.ts'
import { outputsOf, SignalConfig } from '../signals/config.ts'
import type { PipelineDocument } from './document.ts'
import { type FlowFault, issuesOf } from './fault.ts'
import type { FlowNode, Wiring } from './flow.ts'
import { TYPES } from './node-types.ts'
import type { Records } from './recording.ts'
import { sensorOf } from './sensor-fields.ts'
import { signalOf } from './signal-fields.ts'

/** A node of the flow that is a source of channels in the core. */
interface Source {
  readonly node: FlowNode
  readonly config: PipelineDocument['sensors'][number]
  readonly channels: readonly string[]
}

/** Everything that fills channels, and the channels that it fills. */
export class Sources {
  readonly sensors: readonly Source[]
  readonly signals: readonly Source[]
  readonly tapped: string[] = []
  readonly replaced: string[] = []
  /** By sensors, signals and the user's nodes. */
  readonly #filled: ReadonlySet<string>
  readonly #wiring: Wiring
  readonly #records: Records

  constructor(wiring: Wiring, records: Records, faults: FlowFault[]) {
    this.#wiring = wiring
    this.#records = records
    this.sensors = this.#sensorsOf(faults)
    this.signals = this.#signalsOf(faults)
    this.#filled = this.#readings(faults)
  }

  /** Whether anything may come on a channel; a *reading in* whose messages name their channel may fill any. */
  canFill(channel: string): boolean {
    return this.#filled.has(channel) || this.#wiring.ofType(TYPES.readingIn).some(isNamedByMessage)
  }

  #sensorsOf(faults: FlowFault[]): readonly Source[] {
    const sensors: Source[] = []
    for (const node of this.#wiring.ofType(TYPES.sensor)) {
      const config = sensorOf(node)
      const checked = SensorConfig.safeParse(config)
      if (!checked.success) {
        faults.push(...issuesOf(node.id, checked.error))
        continue
      }
      const channels = checked.data.channels.map(({ channel }) => channel.name)
      this.#route(node, channels, faults)
      sensors.push({ node, config, channels })
    }
    if (sensors.length === 0) faults.push({ message: 'the flow has no sensor' })
    // Across all of them: names, addresses, lines and channels that are used twice.
    const together = SensorsConfig.safeParse(sensors.map(({ config }) => config))
    if (!together.success && sensors.length > 0) {
      for (const { path, message } of together.error.issues) {
        const id = sensors[Number(path[0])]?.node.id
        faults.push(id === undefined ? { message } : { node: id, message })
      }
    }
    return sensors
  }

  #signalsOf(faults: FlowFault[]): readonly Source[] {
    const signals: Source[] = []
    const taken = new Set(this.sensors.flatMap(({ channels }) => channels))
    for (const node of this.#wiring.ofType(TYPES.signal)) {
      const { id } = node
      const config = signalOf(node)
      const checked = SignalConfig.safeParse(config)
      if (!checked.success) {
        faults.push(...issuesOf(id, checked.error))
        continue
      }
      const from = checked.data.from.name
      const sensor = this.sensors.find(({ channels }) => channels.includes(from))
      if (sensor === undefined) faults.push({ node: id, message: `no sensor measures ${from}` })
      else if (!this.#wiring.next(sensor.node).includes(node)) {
        faults.push({ node: id, message: `no wire leads here straight from the sensor of ${from}` })
      }
      const channels = outputsOf(checked.data).map(({ name }) => name)
      if (channels.length === 0) faults.push({ node: id, message: 'nothing is derived: name a channel' })
      for (const name of channels) {
        if (taken.has(name)) faults.push({ node: id, message: `channel ${name} is used twice` })
        taken.add(name)
      }
      this.#route(node, channels, faults)
      signals.push({ node, config, channels })
    }
    return signals
  }

  #route(node: FlowNode, channels: readonly string[], faults: FlowFault[]): void {
    const { tapped, replaced } = this.#records.route(node, channels, faults)
    this.tapped.push(...tapped)
    this.replaced.push(...replaced)
  }

  /** Channels that the core fills, and those of the *reading in* nodes. */
  #readings(faults: FlowFault[]): ReadonlySet<string> {
    const own = [...this.sensors, ...this.signals].flatMap(({ channels }) => channels)
    const taken = new Set(own.filter((name) => !this.replaced.includes(name)))
    for (const node of this.#wiring.ofType(TYPES.readingIn)) {
      if (isNamedByMessage(node)) {
        if (!this.#records.isReached(node))
          faults.push({ node: node.id, message: 'no wire leads to a record' })
        continue
      }
      const name = String(node.channel)
      let category: Category
      try {
        category = channelNamed(name).category
      } catch {
        faults.push({ node: node.id, message: `no channel is named ${name}` })
        continue
      }
      // Two sources under one name could not be told apart afterwards.
      if (taken.has(name)) faults.push({ node: node.id, message: `channel ${name} has another source` })
      taken.add(name)
      if (this.#records.reached(node, category) === undefined) {
        faults.push({ node: node.id, message: `no wire leads to a record of ${category}` })
      }
    }
    return new Set([...own, ...taken])
  }
}

const isNamedByMessage = ({ channelType }: FlowNode) => channelType === 'msg'
