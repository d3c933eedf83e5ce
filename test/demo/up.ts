import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Granted } from '@hygeia/dapp/patient/grant'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import { openGrant } from '@hygeia/dapp/physician/open'
import { type Physician, registerPhysician } from '@hygeia/dapp/physician/physician'
import { CHANNELS, channelNamed } from '@hygeia/protocol/channel'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { newPatient, newPhysician, visit } from '../support/people.ts'
import { liveOximeter, liveThermometer } from './bedside.ts'
import { grantSpan } from './opening.ts'
import { bold, count, dim, step } from './terminal.ts'

const ROOT = fileURLToPath(new URL('../../.demo/up', import.meta.url))
const LOOK_MS = 5_000
const LOOK_BACK_MS = 2 * MINUTE_MS

const over = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => over.abort())

await rm(ROOT, { recursive: true, force: true })
await mkdir(ROOT, { recursive: true })
const hospital = await HospitalProcess.init({ dir: join(ROOT, 'hospital'), periodSec: 1, logLevel: 'warn' })
await step('hospital: contracts on a new chain, doors open', () => hospital.start())
const known = await visit(hospital)
const patient = newPatient(known)
const physician = newPhysician(known)
await step('physician and patient registered on the chain', async () => {
  const registered = registerPhysician(physician).then(() =>
    hospital.admit(physician.identity.signer.address),
  )
  await Promise.all([registered, registerPatient(patient)])
})
const devices = await step('two bedside devices paired', async () => {
  const oximeter = await DeviceProcess.init(join(ROOT, 'oximeter'), liveOximeter)
  const thermometer = await DeviceProcess.init(join(ROOT, 'thermometer'), liveThermometer)
  await oximeter.pair(patient)
  await thermometer.pair(patient)
  return [oximeter, thermometer]
})
const granted = await step('the patient grants a day', () => {
  const now = Date.now()
  const span = { from: (now - MINUTE_MS) as UnixMs, to: (now + DAY_MS) as UnixMs }
  return grantSpan(patient, physician, span)
})
for (const device of devices) device.start()

const { api, mqtt, coap, rpc } = hospital.endpoints
console.log(`
  ${bold('A hospital with two live devices is running.')} Ctrl-C ends it.
  API       ${api}   ${dim('(/openapi.json, /metrics, /readyz)')}
  MQTT      ${mqtt}
  CoAP      ${coap}
  chain     ${rpc}   ${dim('(JSON-RPC, for any Ethereum tool)')}
  CA        ${join(hospital.dir, 'keys/ca.pem')}
  logs      ${ROOT}
  try       node daemon/bin/daemon.ts status --config ${hospital.configFile}
            node agent/bin/agent.ts status --config ${devices[0]?.configFile}

  What the physician sees, opened by proxy re-encryption every ${LOOK_MS / 1_000} s:`)

try {
  while (!over.signal.aborted) {
    await delay(LOOK_MS, undefined, { signal: over.signal })
    console.log(`  ${await newestValues(physician, granted)}`)
  }
} catch (cause) {
  if (!isAbort(cause)) throw cause
} finally {
  console.log('')
  await step('devices and hospital stopped', async () => {
    await Promise.all(devices.map((device) => device.process.stop()))
    await hospital.stop()
  })
}
process.exit(0)

/** Newest value of each channel that a grant opens, as one line. */
async function newestValues(reader: Physician, held: Granted): Promise<string> {
  const now = Date.now()
  const newest = new Map<string, { readonly at: number; readonly text: string }>()
  let batches = 0
  const range = { from: (now - LOOK_BACK_MS) as UnixMs, to: now as UnixMs }
  for await (const opened of openGrant(reader, held, range)) {
    if (opened.fault !== undefined) continue
    batches++
    for (const { channel, samples } of opened.batch.columns) {
      const last = samples.at(-1)
      if (last === undefined) continue
      const at = last.at + opened.offsetMs
      if (at <= (newest.get(channel)?.at ?? 0)) continue
      const { unit } = channelNamed(channel)
      newest.set(channel, {
        at,
        text: last.value === undefined ? last.missing : `${last.value.toFixed(1)} ${unit}`,
      })
    }
  }
  if (newest.size === 0) return dim('nothing anchored yet')
  const ageSec = Math.round((now - Math.max(...[...newest.values()].map(({ at }) => at))) / 1_000)
  const values = CHANNELS.flatMap(({ name }) => {
    const value = newest.get(name)
    return value === undefined ? [] : `${name} ${bold(value.text)}`
  })
  return `${values.join('   ')}   ${dim(`${ageSec} s old, ${count(batches)} batches`)}`
}
