import type { Role } from '@hygeia/dapp/keys/role'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Loading } from '../design/feedback.tsx'
import { Register } from '../pages/patient/register.tsx'
import { lazilyAround } from './lazily.tsx'
import { clockAheadMs, isRegistered } from './registration.ts'
import { room } from './session.ts'

const PhysicianEntrance = lazilyAround(
  async () => (await import('../pages/physician/entrance.tsx')).PhysicianEntrance,
)

interface EntranceProps {
  readonly role: Role
  readonly children: ComponentChildren
}

/** Lets in who may be here. With the hospital away, what was opened before can be read all the same. */
export function Entrance({ role, children }: EntranceProps) {
  if (role === 'physician') return <PhysicianEntrance>{children}</PhysicianEntrance>
  return <PatientEntrance>{children}</PatientEntrance>
}

function PatientEntrance({ children }: { readonly children: ComponentChildren }) {
  useEffect(() => {
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
  }, [])
  if (isRegistered.value === true) return <>{children}</>
  return isRegistered.value === undefined ? <Loading /> : <Register />
}
