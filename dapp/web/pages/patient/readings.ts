import { DAY_MS } from '@hygeia/protocol/units'
import type { Room } from '../../shell/room.ts'
import { room } from '../../shell/session.ts'

const opened = new WeakMap<Room, Promise<void>>()

/** Have the last day opened and followed: once for each worker, whichever page comes first. */
export function openReadings(): Promise<void> {
  const asked = room.value
  const opening = opened.get(asked) ?? open(asked)
  opened.set(asked, opening)
  return opening
}

async function open({ entries, readings }: Room): Promise<void> {
  // What was entered at an earlier visit and could not be sent then.
  entries.send().catch(() => {})
  await readings.open(DAY_MS)
}
