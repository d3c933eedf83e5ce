import { DAY_MS } from '@hygeia/protocol/units'
import type { Room } from '../../shell/room.ts'
import { room } from '../../shell/session.ts'

const opened = new WeakMap<Room, Promise<void>>()

/** Have the last day opened and followed: once for each worker, whichever page comes first. */
export function openReadings(): Promise<void> {
  const asked = room.value
  const opening = opened.get(asked) ?? asked.readings.open(DAY_MS)
  opened.set(asked, opening)
  return opening
}
