import { join } from 'node:path'
import { encodeCbor } from '@hygeia/protocol/cbor'
import type { Question } from '@hygeia/protocol/device-link/question'
import { fromHex, type Hex32, type Incarnation } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { DeviceNotes } from '../../../src/store/devices.ts'
import { Disk, put } from '../../../src/store/disk.ts'
import { deviceKey } from '../../../src/store/keys.ts'
import { deviceNumber, scratch, silent, storeFor } from './support/batches.ts'

const QUESTION: Question = {
  device: deviceNumber(1),
  incarnation: '0x0102030405060708' as Incarnation,
  from: 1,
  to: 0,
  labelSerial: 3,
  headSequence: 40,
  head: `0x${'0a'.repeat(32)}` as Hex32,
  spoolBytes: 1_000,
  at: 1_767_225_600_000 as UnixMs,
}
const STANDING = {
  version: '0.1.0',
  configuration: `0x${'0b'.repeat(32)}` as Hex32,
  spoolHours: 100,
  sensors: 3,
  sensorsAway: 1,
  labelKeyDays: 700,
}
const HEARD = 1_767_225_601_000 as UnixMs

t.test('what a device said of itself outlives a restart', async (t) => {
  const path = join(await scratch(t), 'ingest')
  const first = await storeFor(t, { path })
  first.devices.heard({ ...QUESTION, standing: STANDING }, HEARD)
  t.match(await first.devices.of(QUESTION.device), { standing: STANDING }, 'it is known at once')
  await first.close()
  const again = await storeFor(t, { path })
  const { labelSerial, headSequence, head, spoolBytes, incarnation } = QUESTION
  t.same(await again.devices.of(QUESTION.device), {
    ...{ lastSeen: HEARD, labelSerial, headSequence, head, spoolBytes, incarnation },
    standing: STANDING,
  })
  again.devices.heard(QUESTION, HEARD)
  t.equal((await again.devices.of(QUESTION.device))?.standing, undefined, 'an older agent says nothing of it')
})

t.test('a note from before devices said how they are is read', async (t) => {
  const disk = new Disk({ path: join(await scratch(t), 'ingest'), reserveBytes: 0 }, { log: silent })
  await disk.open()
  t.teardown(() => disk.close())
  const { incarnation, head } = QUESTION
  const note = encodeCbor([HEARD, fromHex(incarnation), 40, fromHex(head), 1_000, 3])
  await disk.write([put(deviceKey(QUESTION.device), note)], false)
  const notes = new DeviceNotes(disk)
  t.match(await notes.of(QUESTION.device), { lastSeen: HEARD, headSequence: 40, standing: undefined })
})
