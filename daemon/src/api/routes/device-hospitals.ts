import {
  DEVICE_HOSPITALS_LIMIT_BYTES,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import { z } from 'zod'
import { BODY, binary, DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import type { DeviceHospitalPort, SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import { address, CBOR, cborBytes } from '../schemas.ts'
import type { App } from '../server.ts'

const list = cborBytes(DEVICE_HOSPITALS_LIMIT_BYTES, 'SignedDeviceHospitals')
const params = z.object({ device: address })

export interface DeviceHospitalDeps {
  readonly deviceHospitals: DeviceHospitalPort
  readonly sessions: SessionPort
}

/** The hospitals that a device may send to, as its patient says. */
export function deviceHospitalRoutes(app: App, { deviceHospitals, sessions }: DeviceHospitalDeps): void {
  const tags = ['devices']
  const security = [{ session: [] }, { cookie: [] }]
  const preParsing = requireSession(sessions, 'patient')
  app.put(
    '/v1/devices/:device/hospitals',
    {
      preParsing,
      bodyLimit: DEVICE_HOSPITALS_LIMIT_BYTES,
      schema: {
        summary: 'Put the list of hospitals',
        description:
          'Its serial must be higher than of what is held. The device hears of it with its next question.',
        tags,
        security,
        params,
        consumes: [CBOR],
        body: list,
        response: {
          204: z.null().meta({ description: 'Held' }),
          ...problems(
            ...BODY,
            ...SESSION,
            ...DISK,
            'DEVICE_HOSPITALS_WRONG_PATIENT',
            'DEVICE_HOSPITALS_BAD_SIGNATURE',
            'DEVICE_HOSPITALS_STALE',
          ),
        },
      },
    },
    async (request, reply) => {
      const given = decodeDeviceHospitals(request.body)
      const isOwn = given.patient === sessionOf(request).account && given.device === request.params.device
      if (!isOwn) throw new ApiError('NOT_YOURS')
      await deviceHospitals.put(given)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/v1/devices/:device/hospitals',
    {
      preParsing,
      schema: {
        summary: 'The newest list of hospitals',
        description: 'As the patient signed it: where the device sends, in order.',
        tags,
        security,
        params,
        response: { 200: binary(CBOR, list, 'The newest list'), ...problems(...SESSION, 'NOT_FOUND') },
      },
    },
    async (request, reply) => {
      const held = await deviceHospitals.get(request.params.device)
      // The same answer for nobody's device and for somebody else's.
      if (held?.patient !== sessionOf(request).account) throw new ApiError('NOT_FOUND')
      return reply.type(CBOR).send(Buffer.from(encodeDeviceHospitals(held)))
    },
  )
}
