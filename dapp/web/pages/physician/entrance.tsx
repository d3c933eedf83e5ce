import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { clockAheadMs } from '../../shell/registration.ts'
import { room } from '../../shell/session.ts'
import { explain, isHospitalAway } from '../../shell/trouble.ts'
import type { PhysicianStanding } from '../../worker/physician/physician-desk.ts'
import { AlarmStrip } from './alarm-strip.tsx'
import { Register, Waiting } from './register.tsx'
import { useWard } from './ward.ts'

/** Lets a physician in whom the hospital has admitted, and a patient's family. */
export function PhysicianEntrance({ children }: { readonly children?: ComponentChildren }) {
  const standing = useSignal<PhysicianStanding | undefined>(undefined)
  const isAway = useSignal(false)
  const trouble = useSignal<string | undefined>(undefined)
  const look = async () => {
    standing.value = await room.value.physician.standing()
    clockAheadMs.value = standing.value.clockAheadMs
  }
  useEffect(() => {
    const asked = room.value
    look().catch((cause: unknown) => {
      // With the hospital away, what was opened before can be read all the same.
      if (isHospitalAway(cause)) isAway.value = true
      else if (asked === room.peek()) trouble.value = explain(cause)
    })
    return () => {
      clockAheadMs.value = undefined
    }
  }, [])
  const found = standing.value
  if (found?.isLetIn === true || (found === undefined && isAway.value)) {
    return <Inside>{children}</Inside>
  }
  if (trouble.value !== undefined) return <Trouble text={trouble.value} />
  if (found === undefined) return <Loading />
  if (found.status === 'unknown') return <Register standing={found} onRegistered={look} />
  return <Waiting standing={found} onAsk={look} />
}

function Inside({ children }: { readonly children?: ComponentChildren }) {
  useWard()
  return (
    <>
      <AlarmStrip />
      {children}
    </>
  )
}
