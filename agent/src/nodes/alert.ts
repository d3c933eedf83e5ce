import { type AlarmPriority, alarmFromCode, causeName, classOf } from '@hygeia/protocol/alarm/alarm'
import { ALARM } from '../pipeline/standing.ts'
import { dot, registerNode } from './adapter.ts'
import type { Message, NodeApi, NodeStatus } from './node-red-api.ts'
import { valueAt } from './property.ts'

interface Alarm {
  readonly name: string
  readonly priority: AlarmPriority
  readonly isAcknowledged: boolean
}

/** Acknowledges all alarms that are on. */
const ALL = 'all'

/** Tells which alarms begin, change and end, and acknowledges them. The core raises them, whatever Node-RED does. */
export default function alert(RED: NodeApi): void {
  registerNode(RED, 'hygeia-alert', (node, config, host) => {
    const on = new Map<string, Alarm>()
    node.on('input', (message, _send, done) => {
      const wanted = wantedOf(message, config)
      const names = wanted === ALL ? [...on.keys()] : on.has(wanted) ? [wanted] : undefined
      if (names === undefined) {
        done(new Error(`no alarm named ${wanted} is on: name one that is, or say ${ALL}`))
        return
      }
      for (const name of names) host.acknowledge(name)
      done()
    })
    const stop = host.onSamples(ALARM, ({ at, value }) => {
      const state = value === undefined ? undefined : alarmFromCode(value)
      if (state === undefined) return
      const { cause, priority, isAcknowledged } = state
      const name = causeName(cause)
      const before = on.get(name)
      const event = priority === undefined ? 'ended' : before === undefined ? 'raised' : 'changed'
      if (priority === undefined) on.delete(name)
      else on.set(name, { name, priority, isAcknowledged })
      node.status(shownOf(on))
      node.send({
        topic: name,
        payload: {
          alarm: name,
          event,
          priority: priority ?? before?.priority ?? null,
          class: classOf(cause),
          channel: 'channel' in cause ? cause.channel : null,
          isAcknowledged,
          active: [...on.values()],
        },
        hygeia: { source: node.id, at, isRecorded: true },
      })
    })
    return { undo: [stop], running: () => shownOf(on) }
  })
}

/** The alarm that a message names. A number or nothing, as a sensor would send, names none. */
function wantedOf(message: Message, { acknowledge, acknowledgeType }: Record<string, unknown>): string {
  const value = acknowledgeType === 'str' ? acknowledge : valueAt(message, String(acknowledge || 'payload'))
  return typeof value === 'string' && value !== '' ? value : 'nothing'
}

function shownOf(on: ReadonlyMap<string, Alarm>): NodeStatus {
  const [first, ...others] = [...on.values()].filter(({ isAcknowledged }) => !isAcknowledged)
  if (first === undefined) {
    return on.size === 0 ? dot('green', 'no alarm') : dot('yellow', `${on.size} acknowledged`, 'ring')
  }
  const isHigh = [first, ...others].some(({ priority }) => priority === 'high')
  return dot(isHigh ? 'red' : 'yellow', others.length === 0 ? first.name : `${others.length + 1} alarms`)
}
