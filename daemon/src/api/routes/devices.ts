import type { Address } from '@hygeia/protocol/ids'
import {
  decodeLabelKeys,
  encodeLabelKeys,
  LABEL_KEYS_LIMIT_BYTES,
} from '@hygeia/protocol/label-keys/label-keys'
import { z } from 'zod'
import { DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import type { DeviceNotePort, DevicePort, LabelKeyPort, SessionPort } from '../ports.ts'
import { address, hex32, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'
import { patientSignedRoutes } from './patient-signed.ts'

const standingSchema = z
  .object({
    version: z.string(),
    configuration: hex32.meta({ description: 'SHA-256 of the configuration that the agent runs with' }),
    spoolHours: z
      .int()
      .meta({ description: 'Until the spool is full as it fills now; 8760 for that and longer' }),
    sensors: z.int(),
    sensorsAway: z.int(),
    labelKeyDays: z.int(),
  })
  .meta({ id: 'Standing', description: 'How the device is, by its own signed word' })
const deviceSchema = z
  .object({
    device: address,
    status: z.enum(['bound', 'suspended']),
    lastSeen: unixMs.nullable(),
    headSequence: z.int().nullable(),
    spoolBytes: z.int().nullable(),
    labelSerial: z.int().nullable().meta({ description: 'Serial of the label keys that the device has' }),
    standing: standingSchema.nullable(),
    newestSerial: z.int().nullable().meta({ description: 'Serial of the newest label keys that are held' }),
  })
  .meta({ id: 'Device' })

export interface DeviceDeps {
  readonly devices: DevicePort
  readonly deviceNotes: DeviceNotePort
  readonly labelKeys: LabelKeyPort
  readonly sessions: SessionPort
}

/** A patient's devices, and the keys that they seal under. */
export function deviceRoutes(app: App, { devices, deviceNotes, labelKeys, sessions }: DeviceDeps): void {
  const tags = ['devices']
  const security = [{ session: [] }, { cookie: [] }]
  const preParsing = requireSession(sessions, 'patient')
  const describe = async (device: Address) => {
    const note = await deviceNotes.of(device)
    return {
      device,
      status: devices.device(device)?.status ?? 'bound',
      lastSeen: note?.lastSeen ?? null,
      headSequence: note?.headSequence ?? null,
      spoolBytes: note?.spoolBytes ?? null,
      labelSerial: note?.labelSerial ?? null,
      standing: note?.standing ?? null,
      newestSerial: (await labelKeys.get(device))?.serial ?? null,
    }
  }
  app.get(
    '/v1/devices',
    {
      preParsing,
      schema: {
        summary: "The patient's devices",
        description:
          'Each with what it last said of itself: when it was seen, how much waits in its spool, how its sensors are.',
        tags,
        security,
        response: { 200: z.array(deviceSchema), ...problems(...SESSION, ...DISK) },
      },
    },
    async (request) => await Promise.all(devices.devicesOf(sessionOf(request).account).map(describe)),
  )
  patientSignedRoutes(
    app,
    {
      name: 'label-keys',
      what: 'SignedLabelKeys',
      limitBytes: LABEL_KEYS_LIMIT_BYTES,
      decode: decodeLabelKeys,
      encode: encodeLabelKeys,
      kept: labelKeys,
      put: {
        summary: 'Put label keys',
        description: 'Its serial must be higher than of what is held. It is handed to the device.',
      },
      get: {
        summary: 'The newest label keys',
        description: 'As the patient signed them: the public keys that the device seals under.',
      },
      newest: 'The newest label keys',
      refusals: ['LABEL_KEYS_WRONG_PATIENT', 'LABEL_KEYS_BAD_SIGNATURE', 'LABEL_KEYS_STALE'],
    },
    { sessions },
  )
}
