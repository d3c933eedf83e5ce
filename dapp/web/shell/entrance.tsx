import type { Role } from '@hygeia/dapp/keys/role'
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Loading, Trouble } from '../design/feedback.tsx'
import { Register } from '../pages/patient/register.tsx'
import { addWords } from '../words/words.ts'
import { lazilyAround } from './lazily.tsx'
import { clockAheadMs, isRegistered } from './registration.ts'
import { room } from './session.ts'
import { explain, isHospitalAway } from './trouble.ts'

const PhysicianEntrance = lazilyAround(async () => {
  const [{ PhysicianEntrance: entrance }] = await Promise.all([
    import('../pages/physician/entrance.tsx'),
    addWords('physician'),
  ])
  return entrance
})

interface EntranceProps {
  readonly role: Role
  readonly children: ComponentChildren
}

/** Lets in who may be here. With the hospital away, what was opened before can be read all the same. */
export function Entrance({ role, children }: EntranceProps) {
  if (role === 'physician') return <PhysicianEntrance>{children}</PhysicianEntrance>
  // Staff registers nowhere; its pages say how to be let in.
  if (role === 'staff') return <>{children}</>
  return <PatientEntrance>{children}</PatientEntrance>
}

function PatientEntrance({ children }: { readonly children: ComponentChildren }) {
  const trouble = useSignal<string | undefined>(undefined)
  useEffect(() => {
    const asked = room.value
    asked.patient.registration().then(
      (registration) => {
        isRegistered.value = registration.isRegistered
        clockAheadMs.value = registration.clockAheadMs
      },
      (cause: unknown) => {
        if (isHospitalAway(cause)) isRegistered.value = true
        // The worker ended with the page: nobody is there to be told.
        else if (asked === room.peek()) trouble.value = explain(cause)
      },
    )
    return () => {
      isRegistered.value = undefined
      clockAheadMs.value = undefined
    }
  }, [])
  if (isRegistered.value === true) return <>{children}</>
  if (trouble.value !== undefined) return <Trouble text={trouble.value} />
  return isRegistered.value === undefined ? <Loading /> : <Register />
}
