import { join } from 'node:path'
import { checkPhysician, type Granted, giveGrant, labelsOf } from '@hygeia/dapp/patient/grant'
import { type Patient, registerPatient } from '@hygeia/dapp/patient/patient'
import type { Category } from '@hygeia/protocol/channel'
import { addressOf } from '@hygeia/protocol/ids'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { liveOximeter } from '../../demo/bedside.ts'
import { type DeviceConfig, DeviceProcess } from '../../support/device.ts'
import { newPatient, visit } from '../../support/people.ts'
import { makeKeys } from './first-run.ts'
import type { BrowserScene } from './scene.ts'

export const PASSPHRASE = 'four words and a comma'

/** An oximeter whose heart rate is always too high for its limit: an alarm from the first second on. */
export const alarmingOximeter: DeviceConfig = {
  ...liveOximeter,
  alerts: {
    news2: { isSixteenOrOver: true, isPregnant: false, pulse: 'heart-rate' },
    thresholds: [{ channel: 'heart-rate', high: 40, delayMs: 0 }],
  },
}

/** Make keys on a page, register, and be admitted by the hospital. @returns the account that patients grant to */
export async function admittedPhysician(scene: BrowserScene, page: Page) {
  await makeKeys(page, 'A physician', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('heading', { name: 'Waiting to be admitted' }).waitFor()
  const account = addressOf((await page.locator('[data-account]').textContent()) ?? '')
  const fingerprint = (await page.locator('[data-fingerprint]').textContent()) ?? ''
  await scene.hospital.admit(account)
  await page.getByText('No patient has let you in yet.').waitFor()
  return { account, fingerprint }
}

/** A registered patient of the scene's hospital whose device is running. */
export async function monitoredPatient(
  t: Test,
  { dir, hospital }: BrowserScene,
  config: DeviceConfig = alarmingOximeter,
): Promise<Patient> {
  const patient = newPatient(await visit(hospital))
  await registerPatient(patient)
  const account = patient.identity.signer.address
  const device = await DeviceProcess.init(join(dir, `device-${account.slice(2, 8)}`), config)
  await device.pair(patient)
  device.start()
  t.teardown(() => device.process.kill())
  return patient
}

/** Let a physician see vitals and alerts of yesterday to tomorrow, or what else is named. */
export async function letIn(
  patient: Patient,
  account: string,
  {
    categories = ['vitals', 'alert'],
    lastsMs = DAY_MS,
    emergencyMs,
  }: {
    readonly categories?: readonly Category[]
    readonly lastsMs?: number
    readonly emergencyMs?: number
  } = {},
): Promise<Granted> {
  const now = Date.now()
  const range = { dataFrom: (now - 2 * DAY_MS) as UnixMs, dataTo: (now + DAY_MS + HOUR_MS) as UnixMs }
  return await giveGrant(patient, {
    physician: await checkPhysician(patient, addressOf(account)),
    labels: labelsOf(patient.state.generations, range, categories),
    ...range,
    accessTo: (now + lastsMs) as UnixMs,
    ...(emergencyMs === undefined ? {} : { emergencyMs }),
  })
}
