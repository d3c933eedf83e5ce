import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireSession, sessionOf } from '../guards.ts'
import type { SessionPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import type { StaffPort } from './port.ts'

export interface StaffDeps {
  readonly sessions: SessionPort
  readonly staff: StaffPort
}

/** Lets staff through, as they are listed at this moment; or only those of them who may act. */
export function requireStaff({ sessions, staff }: StaffDeps, role: 'viewer' | 'operator' = 'viewer') {
  const signedIn = requireSession(sessions)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    await signedIn(request, reply)
    const held = await staff.roleOf(sessionOf(request).account)
    if (held === undefined) throw new ApiError('STAFF_ONLY')
    if (role === 'operator' && held !== 'operator') throw new ApiError('OPERATORS_ONLY')
  }
}
