import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { checkPhysician, type Granted, giveGrant, labelsOf } from '@hygeia/dapp/patient/grant'
import { type Patient, registerPatient } from '@hygeia/dapp/patient/patient'
import { type Physician, registerPhysician } from '@hygeia/dapp/physician/physician'
import type { Category } from '@hygeia/protocol/channel'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Test } from 'tap'
import { HospitalProcess } from './hospital.ts'
import { newPatient, newPhysician, visit } from './people.ts'
import { steadyPorts } from './ports.ts'

// Exiting takes along what was started.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(130))

/** A hospital that is found again after a restart, a patient there, and a physician who was let in. */
export interface Scene {
  /** For whatever else takes part; removed at the end, unless the test failed. */
  readonly dir: string
  readonly hospital: HospitalProcess
  readonly known: KnownHospital
  readonly patient: Patient
  readonly physician: Physician
}

/** A folder of its own for a test; kept, and named, when the test fails. */
export async function testFolder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-e2e-'))
  t.teardown(async () => {
    if (t.passing()) await rm(dir, { recursive: true, force: true })
    else t.comment(`logs and data are in ${dir}`)
  })
  return dir
}

export interface SceneOptions {
  /** Of its own; takes the hospital's data. */
  readonly dir: string
  /** What is to be done in the hospital's folder before its first start. */
  readonly prepare?: (hospitalDir: string) => Promise<void>
  /** Address that devices find the hospital at; loopback unless told. */
  readonly host?: string | undefined
}

/** With blocks of a second, and limits that nobody runs into; whoever made it kills the hospital at the end. */
export async function makeScene({ dir, prepare, host }: SceneOptions): Promise<Scene> {
  const hospital = await HospitalProcess.init({
    dir: join(dir, 'hospital'),
    ...(host === undefined ? {} : { host }),
    periodSec: 1,
    logLevel: 'warn',
    ports: await steadyPorts(),
    apiLimits: { perAddress: 1_000_000, chain: 1_000_000, nonces: 1_000_000 },
    relayPerSigner: 1_000,
  })
  await prepare?.(hospital.dir)
  hospital.launch()
  try {
    await hospital.ready()
    const known = await visit(hospital)
    const patient = newPatient(known)
    const physician = newPhysician(known)
    const admitted = registerPhysician(physician).then(() =>
      hospital.admit(physician.identity.signer.address),
    )
    await Promise.all([admitted, registerPatient(patient)])
    return { dir, hospital, known, patient, physician }
  } catch (cause) {
    await hospital.kill()
    throw cause
  }
}

/** A scene of a test, which ends with it. */
export async function openScene(t: Test, prepare?: SceneOptions['prepare'], host?: string): Promise<Scene> {
  const scene = await makeScene({ dir: await testFolder(t), ...(prepare && { prepare }), host })
  t.teardown(() => scene.hospital.kill())
  return scene
}

/** Let the physician open vitals and alerts, or what else is named, of a span of time. */
export async function grantSpan(
  { patient, physician }: Pick<Scene, 'patient' | 'physician'>,
  span: { readonly from: UnixMs; readonly to: UnixMs },
  categories: readonly Category[] = ['vitals', 'alert'],
): Promise<Granted> {
  const range = { dataFrom: span.from, dataTo: span.to }
  return await giveGrant(patient, {
    physician: await checkPhysician(patient, physician.identity.signer.address),
    labels: labelsOf(patient.state.generations, range, categories),
    ...range,
    accessTo: (Date.now() + DAY_MS) as UnixMs,
  })
}
