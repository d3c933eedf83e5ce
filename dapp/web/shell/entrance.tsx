import type { Role } from '@hygeia/dapp/keys/role'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Loading } from '../design/feedback.tsx'
import { Register } from '../pages/patient/register.tsx'
import { clockAheadMs, isRegistered } from './registration.ts'
import { room } from './session.ts'

/** Lets a patient in who is registered. With the hospital away, what was opened before can be read all the same. */
export function Entrance({ role, children }: { readonly role: Role; readonly children: ComponentChildren }) {
  useEffect(() => {
    if (role !== 'patient') return
    const asked = room.value
    asked.patient.registration().then(
      (registration) => {
        isRegistered.value = registration.isRegistered
        clockAheadMs.value = registration.clockAheadMs
      },
      () => {
        isRegistered.value = true
      },
    )
    return () => {
      isRegistered.value = undefined
    }
  }, [role])
  if (role !== 'patient' || isRegistered.value === true) return <>{children}</>
  return isRegistered.value === undefined ? <Loading /> : <Register />
}
