import { isRegistered } from '../../shell/registration.ts'
import { room, standing } from '../../shell/session.ts'
import { RegisterCard } from '../common/register-card.tsx'

export function Register() {
  const account = standing.value?.state === 'open' ? standing.value.address : ''
  return (
    <RegisterCard
      account={account}
      words="register"
      register={async () => {
        await room.value.patient.register()
        isRegistered.value = true
      }}
    />
  )
}
