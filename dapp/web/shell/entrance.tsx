import type { Role } from '@hygeia/dapp/keys/role'
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Loading, Trouble } from '../design/feedback.tsx'
import { Register } from '../pages/patient/register.tsx'
import { clockAheadMs, isRegistered } from './registration.ts'
import { RoomError } from './room.ts'
import { room } from './session.ts'
import { explain } from './trouble.ts'

/** Nobody answers, which says nothing against anybody. */
const AWAY: ReadonlySet<string> = new Set(['UNREACHABLE', 'SILENT'])

/** Lets a patient in who is registered. With the hospital away, what was opened before can be read all the same. */
export function Entrance({ role, children }: { readonly role: Role; readonly children: ComponentChildren }) {
  const trouble = useSignal<string | undefined>(undefined)
  useEffect(() => {
    if (role !== 'patient') return
    const asked = room.value
    asked.patient.registration().then(
      (registration) => {
        isRegistered.value = registration.isRegistered
        clockAheadMs.value = registration.clockAheadMs
      },
      (cause: unknown) => {
        const isAway = cause instanceof RoomError && AWAY.has(cause.code)
        if (isAway) isRegistered.value = true
        // The worker ended with the page: nobody is there to be told.
        else if (asked === room.peek()) trouble.value = explain(cause)
      },
    )
    return () => {
      isRegistered.value = undefined
      clockAheadMs.value = undefined
    }
  }, [role])
  if (role !== 'patient' || isRegistered.value === true) return <>{children}</>
  if (trouble.value !== undefined) return <Trouble text={trouble.value} />
  return isRegistered.value === undefined ? <Loading /> : <Register />
}
