import { registerPatient } from '@hygeia/dapp/patient/patient'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import t from 'tap'
import { liveOximeter } from '../demo/bedside.ts'
import { DeviceProcess } from '../support/device.ts'
import { newPatient, newPhysician, visit } from '../support/people.ts'
import { until } from '../support/until.ts'
import { tabTo } from './support/keyboard.ts'
import { goTo } from './support/place.ts'
import { BrowserScene } from './support/scene.ts'
import { look } from './support/screens.ts'
import { list, newColleague } from './support/staff.ts'

t.setTimeout(900_000)

const PATHS = [
  'overview',
  ...['validator', 'ipfs', 'ingest', 'devices', 'hospitals', 'certificates'].map((part) => `systems/${part}`),
  ...['waiting', 'physicians', 'hospitals', 'validators'].map((tab) => `decisions/${tab}`),
  'log',
  'settings',
]

const ENDPOINTS = [
  'certificates',
  'devices',
  'ingest',
  'ipfs',
  'log',
  'physicians',
  'proposals',
  'proxies',
  'validator',
].map((name) => `/v1/ops/${name}`)

t.test('one of the staff proposes, another approves, and who only looks on may do neither', async (t) => {
  const scene = await BrowserScene.open(t)
  const known = await visit(scene.hospital)
  const physician = newPhysician(known)
  const { fingerprint } = await registerPhysician(physician)
  const doctor = physician.identity.signer.address
  const [first, second, viewer] = [
    await newColleague(scene),
    await newColleague(scene),
    await newColleague(scene),
  ]
  await list(scene, first, 'operator')
  await list(scene, second, 'operator')
  await list(scene, viewer, 'viewer')

  await goTo(first.page, 'decisions/physicians')
  const card = first.page.getByRole('article').filter({ hasText: doctor })
  await card.getByText('Registered, not admitted').waitFor()
  await card.getByRole('button', { name: 'Propose admission' }).click()
  await first.page.getByLabel('Why, for whoever approves').fill('New on the cardiology ward')
  // A second click must not propose a second time.
  await first.page.getByRole('button', { name: 'Propose it' }).dblclick()
  await first.page.getByRole('link', { name: 'See what waits' }).click()
  await first.page.getByText('You proposed it: somebody else has to approve.').waitFor()
  t.equal(await first.page.getByRole('button', { name: 'Approve' }).count(), 0)

  await goTo(viewer.page, 'decisions')
  await viewer.page.getByText('New on the cardiology ward').waitFor()
  await viewer.page.getByText('You look on: only operators propose and approve.').waitFor()
  for (const name of ['Approve', 'Refuse', 'Take back']) {
    t.equal(await viewer.page.getByRole('button', { name }).count(), 0, `no ${name}`)
  }
  await goTo(viewer.page, 'decisions/physicians')
  await viewer.page.getByRole('link', { name: 'Waits for a second person' }).waitFor()
  t.equal(await viewer.page.getByRole('button', { name: /^Propose/ }).count(), 0)

  // By keyboard alone, from the overview on, and the last step twice.
  const { page } = second
  await page.getByRole('link', { name: '1 decision waits for a second person' }).waitFor()
  await tabTo(page, page.getByRole('link', { name: '1 decision waits for a second person' }))
  await page.keyboard.press('Enter')
  await page.getByText(fingerprint).waitFor()
  await tabTo(page, page.getByRole('button', { name: 'Approve' }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Approve this?' })
  await dialog.getByText(doctor).waitFor()
  await tabTo(page, dialog.getByRole('button', { name: 'Approve' }))
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await dialog.getByText('Done. 1 of the 1 votes needed').waitFor()
  await tabTo(page, dialog.getByRole('button', { name: 'Close' }))
  await page.keyboard.press('Enter')
  await page.getByText('Nothing waits.').waitFor()
  t.equal((await known.directory.physician(doctor)).status, 'active')

  // The others hear of it without a click.
  await viewer.page
    .getByRole('article')
    .filter({ hasText: doctor })
    .getByText('Admitted', { exact: true })
    .waitFor()
  await goTo(first.page, 'log')
  const rows = first.page.getByRole('row').filter({ hasText: 'Admit a physician' })
  await until('the log has it', async () => (await rows.count()) >= 3)
  t.equal(await rows.count(), 3, 'proposed, approved and done, each once')

  // A proposal that was refused is done by nobody.
  await goTo(first.page, 'decisions/physicians')
  await card.getByRole('button', { name: 'Propose suspension' }).click()
  await first.page.getByRole('button', { name: 'Propose it' }).click()
  await first.page.getByText('Proposed: it waits for a second person.').waitFor()
  await page.getByRole('button', { name: 'Refuse' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).dblclick()
  await page.getByRole('dialog').getByText('Done.').waitFor()
  t.equal((await known.directory.physician(doctor)).status, 'active')

  // What is pasted wrongly is said to be.
  await first.page.getByRole('button', { name: 'Close' }).click()
  await goTo(first.page, 'decisions/hospitals')
  await first.page.getByRole('button', { name: 'Propose a hospital' }).click()
  await first.page.getByLabel('Its card').fill('{"operator":')
  await first.page.getByRole('button', { name: 'Propose it' }).click()
  await first.page.getByText('This is not the card of a hospital.').waitFor()

  // A viewer who was made an operator has to sign in again, and the page does so.
  await scene.hospital.command('staff', 'add', viewer.account, '--role', 'operator')
  await goTo(viewer.page, 'decisions/physicians')
  await viewer.page.getByRole('button', { name: 'I am an operator now' }).click()
  await viewer.page.getByRole('button', { name: 'Propose suspension' }).waitFor()
  t.same([...first.complaints, ...second.complaints, ...viewer.complaints], [])
})

t.test(
  'staff sees how everything is, live, says when it is old, and sees nothing of a patient',
  async (t) => {
    const scene = await BrowserScene.open(t)
    const known = await visit(scene.hospital)
    const patient = newPatient(known)
    await registerPatient(patient)
    const device = await DeviceProcess.init(`${scene.dir}/device`, liveOximeter)
    await device.pair(patient)
    device.start()
    t.teardown(() => device.process.kill())
    const colleague = await newColleague(scene)
    const { page } = colleague
    await look(t, page, 'operations-asking')
    await list(scene, colleague, 'operator')

    await page.getByText('All is well').waitFor()
    await page.getByRole('link', { name: /^Devices.*1 paired, all heard of$/ }).click()
    await page.getByRole('row').filter({ hasText: '0.1.0' }).waitFor()
    await goTo(page, 'systems/validator')
    const height = async () => Number(await page.locator('.figure-value').first().textContent())
    const before = await height()
    t.ok(await until('the head moves on without a click', async () => (await height()) > before))
    await goTo(page, 'systems/ingest')
    await page.getByRole('img', { name: /^Taken a minute: / }).waitFor()
    await page.getByRole('row').filter({ hasText: 'taken' }).filter({ hasText: 'mqtt' }).waitFor()

    const shown: string[] = []
    for (const path of PATHS) {
      await goTo(page, path)
      await page.locator('main .spinner').waitFor({ state: 'detached' })
      await look(t, page, `operations-${path.replace('/', '-')}`)
      shown.push((await page.locator('body').textContent()) ?? '')
    }
    const secrets = [
      ['a patient’s account', patient.identity.signer.address],
      ['a device’s account', device.address],
      ['a label', 'vitals/'],
      ['a CID', 'bafy'],
      ['a channel', 'heart-rate'],
    ] as const
    const told = [...shown, ...colleague.heard.filter((text) => !text.includes('"directory"'))]
    const asked = [...colleague.asked].filter((path) => path.startsWith('/v1/ops/'))
    t.same(asked.sort(), ENDPOINTS, 'every endpoint of the pages was heard')
    for (const [what, secret] of secrets) {
      t.notOk(
        told.some((text) => text.toLowerCase().includes(secret.slice(0, 42))),
        what,
      )
    }

    await page.getByRole('button', { name: 'العربية' }).click()
    for (const path of ['overview', 'systems/ingest', 'decisions/waiting']) {
      await goTo(page, path)
      await look(t, page, `operations-arabic-${path.replace('/', '-')}`)
    }
    await goTo(page, 'settings')
    await page.getByRole('button', { name: 'English' }).click()

    await goTo(page, 'overview')
    await scene.hospital.stop()
    await page.getByText(/^Old: seen/).waitFor()
    await page.getByText('The hospital has not answered since').waitFor()
    t.equal(await page.getByText('All is well').count(), 0, 'of what is old nobody says that it is well')
    await scene.hospital.start()
    await page.getByText(/^Live, /).waitFor()
    await page.getByText('All is well').waitFor()
  },
)
