import { patientAt } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import { identityOf } from '@hygeia/protocol/seed/seed'
import { HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import t from 'tap'
import { liveElectrodes, liveOximeter } from '../demo/bedside.ts'
import { newPhysician, visit } from '../support/people.ts'
import { type Said, SealedHistory } from '../support/sealed-history.ts'
import { makeKeys, unlockKeys } from './support/first-run.ts'
import { alarmingOximeter, PASSPHRASE } from './support/physician.ts'
import { goTo } from './support/place.ts'
import { BrowserScene } from './support/scene.ts'
import { look } from './support/screens.ts'

t.setTimeout(1_200_000)

const ENTRIES = ['Blood pressure', 'Weight', 'Temperature', 'How I feel']
const SPANS = ['Hour', 'Day', 'Week', 'Month']
const ARABIC = ['now', 'now/enter', 'charts', 'sharing', 'devices', 'records', 'records/erase', 'settings']

/** One patient's oximeter and electrocardiogram, with alarms. */
const bedside = {
  ...alarmingOximeter,
  sensors: [...(liveOximeter.sensors ?? []), ...(liveElectrodes.sensors ?? [])],
  batch: { windowMs: { vitals: 5_000, ecg: 5_000 } },
}

/** Four hours of what is measured once a minute, of which an hour is missing. */
function fourHours(hour: number): readonly Said[] {
  const curve = (middle: number, swing: number, digits: number) =>
    Array.from({ length: 240 }, (_, minute) => {
      if (hour === 4 && minute >= 120 && minute < 180) return undefined
      const at = hour * 60 + minute
      return Number((middle + swing * (Math.sin(at / 190) + 0.3 * Math.sin(at / 7))).toFixed(digits))
    })
  return [
    { channel: 'heart-rate', everyMs: MINUTE_MS, values: curve(72, 9, 0) },
    { channel: 'spo2', everyMs: MINUTE_MS, values: curve(96.5, 1, 1) },
    { channel: 'respiratory-rate', everyMs: MINUTE_MS, values: curve(15, 2, 0) },
    { channel: 'body-temperature', everyMs: MINUTE_MS, values: curve(36.9, 0.4, 1) },
  ]
}

t.test('every page of a patient fits every screen and keeps nobody out', async (t) => {
  const scene = await BrowserScene.open(t)
  const known = await visit(scene.hospital)
  const physician = newPhysician(known)
  await registerPhysician(physician)
  const account = physician.identity.signer.address
  await scene.hospital.admit(account)
  const { page } = await scene.browser()
  const see = (name: string) => look(t, page, `patient-${name}`)
  const goToWhole = async (path: string) => {
    await goTo(page, path)
    await page.locator('main .spinner').waitFor({ state: 'detached' })
  }

  await page.getByRole('button', { name: 'I have my words or shares' }).click()
  await page.getByLabel('Your 24 words, in order').fill('twenty of them')
  await page.getByRole('button', { name: 'Check them' }).click()
  await page.getByText('These are not 24 words').waitFor()
  await see('recover')
  await page.getByRole('button', { name: 'Shares', exact: true }).click()
  await see('recover-shares')
  await page.getByRole('button', { name: 'Back' }).click()
  await see('welcome')
  const words = await makeKeys(page, 'A patient', PASSPHRASE, see)
  await page.getByRole('button', { name: 'Register' }).waitFor()
  await see('register')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('No readings yet.').waitFor()
  await see('empty')
  for (const place of ['charts', 'sharing', 'devices', 'records']) {
    await goToWhole(place)
    await see(`empty-${place}`)
  }
  await goToWhole('now')
  await page.getByRole('link', { name: 'Pair a device' }).click()
  await page.getByRole('img', { name: 'Enrolment code' }).waitFor()
  await see('pair')
  await scene.pairDevice(page, bedside, see)

  const history = await SealedHistory.of(patientAt(identityOf(words.join(' ')), known, new PatientState()))
  const began = Date.now() - 24 * HOUR_MS
  for (let hour = 0; hour < 24; hour += 4) {
    await history.give('vitals', began + hour * HOUR_MS, fourHours(hour))
  }

  await page.getByRole('link', { name: 'See the readings' }).click()
  await page.getByRole('article').first().waitFor()
  await page.getByRole('button', { name: 'anchored' }).first().waitFor()
  await page.getByText('Heart rate is high').waitFor()
  await see('now')
  await page.getByRole('button', { name: 'anchored' }).first().click()
  await page.getByRole('dialog').getByText('Proven', { exact: true }).waitFor()
  await page.getByText('What was checked').click()
  await see('proof')
  await page.getByRole('button', { name: 'Close' }).click()

  for (const span of SPANS) {
    await goToWhole('charts')
    await page.getByRole('button', { name: span, exact: true }).click()
    await page.getByRole('application').first().waitFor()
    await page.locator('main .spinner').waitFor({ state: 'detached' })
    await see(`charts-${span.toLowerCase()}`)
  }

  await goToWhole('now/enter')
  for (const entry of ENTRIES) {
    await page.getByRole('button', { name: entry, exact: true }).click()
    await page.getByRole('button', { name: 'Sign and keep' }).click()
    await see(`enter-${entry.toLowerCase().replaceAll(' ', '-')}`)
  }
  await page.getByRole('button', { name: 'Weight', exact: true }).click()
  await page.getByLabel('Body weight').fill('71')
  await page.getByRole('button', { name: 'Sign and keep' }).click()
  await page.getByText('It is signed and kept.').waitFor()
  await see('entered')

  await goToWhole('sharing')
  await page.getByLabel('The physician’s account').fill(account)
  await page.getByRole('button', { name: 'Look up' }).click()
  await page.getByRole('checkbox', { name: 'It is the same' }).check()
  await see('give')
  await page.getByRole('button', { name: 'Allow it' }).click()
  await page.getByText('They may see it now.').waitFor()
  await see('shared')
  await page.getByRole('button', { name: 'Family or a friend' }).click()
  await page.getByRole('article').getByRole('button', { name: 'Take back' }).click()
  await page.getByRole('button', { name: 'Take it back' }).waitFor()
  await see('take-back')
  await page.getByRole('button', { name: 'Take it back' }).click()
  await page.getByText('Taken back.', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await see('taken-back')

  for (const path of ['devices', 'records', 'records/export', 'records/erase', 'settings']) {
    await goToWhole(path)
    await see(path.replace('/', '-'))
  }
  await page.getByLabel('Passphrase').fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Make shares' }).click()
  await page.getByRole('button', { name: 'Hide them' }).waitFor()
  await see('shares')

  await page.getByRole('button', { name: 'العربية' }).click()
  await page.locator('html[dir=rtl]').waitFor()
  for (const path of ARABIC) {
    await goToWhole(path)
    await see(`arabic-${path.replace('/', '-')}`)
  }
  await goToWhole('settings')
  await page.getByRole('button', { name: 'English' }).click()

  await page.reload()
  await page.getByLabel('Passphrase').waitFor()
  await page.getByLabel('Passphrase').fill('another one')
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByText('This is not the passphrase.').waitFor()
  await see('unlock')
  await page.getByRole('button', { name: 'I forgot the passphrase' }).click()
  await see('forgot')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await unlockKeys(page, PASSPHRASE)
  await goToWhole('now')
  await page.getByText('Live', { exact: true }).waitFor()
  await scene.hospital.stop()
  await page.getByText('Hospital away').first().waitFor()
  await see('away')
})
