import { receivedGrants } from '@hygeia/dapp/physician/grants'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import t from 'tap'
import { builtDapp } from '../support/built-dapp.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPhysician, visit } from '../support/people.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { PersonsBrowser } from './support/dapp.ts'
import { makeKeys, unlockKeys } from './support/first-run.ts'

const PASSPHRASE = 'four words and a comma'

t.setTimeout(600_000)

t.test('three hospitals hold what a patient allows, and one that is away is passed over', async (t) => {
  const dir = await testFolder(t)
  const { all } = await startHospitals(t, { dir, count: 3, dapp: await builtDapp() })
  const [home, second, third] = all
  if (home === undefined || second === undefined || third === undefined) throw new Error('three')
  const physician = newPhysician(await visit(home))
  await registerPhysician(physician)
  const account = physician.identity.signer.address
  // Two of three are enough.
  for (const hospital of [home, second]) await hospital.admit(account)

  const cas = await Promise.all(all.map((hospital) => hospital.ca()))
  const browser = await PersonsBrowser.of(t, cas)
  const page = await browser.open(home.endpoints.api)
  await makeKeys(page, 'A patient', PASSPHRASE)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByRole('link', { name: 'Sharing' }).click()
  await page.getByText('divided among 3 hospitals: 2 of them must agree').waitFor()
  t.equal(await page.getByText('there', { exact: true }).count(), 3)

  const look = async () => {
    await page.getByLabel('The physician’s account').fill(account)
    await page.getByRole('button', { name: 'Look up' }).click()
    await page.getByRole('checkbox', { name: 'It is the same' }).check()
  }
  await third.stop()
  await look()
  await page.getByRole('button', { name: 'Allow it' }).click()
  await page.getByText('Any 2 of 3 hospitals open it together.').waitFor()
  await page.getByText('1 hospital is away and gets its part at your next visit.').waitFor()
  const [grant] = await receivedGrants(physician)
  t.match(grant, { grant: { threshold: 2, proxies: { length: 3 } } })

  await look()
  await page.getByRole('button', { name: 'Only in an emergency' }).click()
  await page.getByRole('button', { name: '24 hours' }).click()
  await page.getByRole('button', { name: 'Allow it' }).click()
  await page.getByText('It is ready, and sealed until an emergency.').waitFor()
  await page.getByText('For emergencies', { exact: true }).waitFor()

  // The hospital that served the page is away: another stands in, and what was not delivered is.
  await third.start()
  await home.stop()
  await page.reload()
  await unlockKeys(page, PASSPHRASE)
  await page.getByRole('link', { name: 'Sharing' }).click()
  await page.getByRole('article').getByText('Allowed', { exact: true }).waitFor()
  await page.getByText('away: it gets its part later').waitFor()
  const there = await visit(third)
  const held = async () => {
    const grants = await there.client.as(physician.identity.signer, there.realm).grants()
    return grants.length > 0 || undefined
  }
  t.ok(await until('the third hospital has its part', held))
})
