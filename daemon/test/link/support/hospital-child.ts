import { startHospital } from './hospital.ts'
import type { FromChild, ToChild } from './hospital-process.ts'

// A hospital in a process of its own, to be killed at any moment.
const [dir = '', mqttPort, coapPort] = process.argv.slice(2)
const hospital = await startHospital(dir, {
  mqttPort: Number(mqttPort),
  coapPort: Number(coapPort),
  logLevel: 'warn',
})
const say = (message: FromChild) => process.send?.(message)
process.on('message', (message: ToChild) => {
  if (message.kind === 'nonce') say({ kind: 'nonce', nonce: hospital.nonces.issue() })
})
process.on('disconnect', () => process.exit(1))
say({ kind: 'up' })
