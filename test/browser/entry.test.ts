import t from 'tap'
import { makeKeys, unlockKeys } from './support/first-run.ts'
import { BrowserScene } from './support/scene.ts'

t.setTimeout(600_000)

t.test(
  'what a patient enters by hand is signed once, sealed, kept until it is anchored, and read',
  async (t) => {
    const scene = await BrowserScene.open(t)
    const { browser, page } = await scene.browser()
    await makeKeys(page, 'A patient', 'four words and a comma')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('link', { name: 'Enter by hand' }).click()

    await page.getByLabel('Upper value (systolic)').fill('12')
    await page.getByLabel('Lower value (diastolic)').fill('78')
    const keep = page.getByRole('button', { name: 'Sign and keep' })
    await keep.click()
    await page.getByText('A number from 40 to 300 mmHg.').waitFor()
    await page.getByLabel('Upper value (systolic)').fill('٧٠')
    await keep.click()
    await page.getByText('are they swapped?').waitFor()
    await page.getByLabel('Upper value (systolic)').fill('121,5')
    await keep.dblclick()
    await page.getByText('It is signed and kept.').waitFor()
    await page.getByRole('heading', { name: 'On its way' }).waitFor()
    await page.getByRole('button', { name: 'Enter something else' }).click()
    await page.getByRole('button', { name: 'How I feel' }).click()
    await keep.click()
    await page.getByText('Choose one', { exact: true }).last().waitFor()
    await page.getByLabel('What do you feel?').selectOption('breathlessness')
    await page.getByLabel('How bad is it?').fill('7')
    await keep.click()
    await page.getByRole('heading', { name: 'On its way' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'See the readings' }).click()
    const systolic = page.getByRole('article').filter({ hasText: 'Systolic pressure' })
    await systolic.getByText('122', { exact: true }).waitFor()
    await systolic.getByRole('button', { name: 'anchored' }).waitFor()
    await page.getByText('Short of breath 7 of 10').waitFor()

    // Nobody is there: it is kept in this browser, also over a new start, and goes by itself.
    await scene.hospital.stop()
    await page.getByRole('link', { name: 'Enter by hand' }).click()
    await page.getByRole('button', { name: 'Weight', exact: true }).click()
    await page.getByLabel('Body weight').fill('71.2')
    await keep.click()
    await page.getByText('It is signed and kept.').waitFor()
    await page.reload()
    await unlockKeys(page, 'four words and a comma')
    await page.getByText('in this browser', { exact: true }).waitFor()
    await scene.hospital.start()
    await page.getByRole('heading', { name: 'On its way' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Now' }).click()
    await page.getByRole('article').filter({ hasText: 'Body weight' }).getByText('71.2').waitFor()

    await page.getByRole('link', { name: 'Devices' }).click()
    await page.getByRole('heading', { name: 'Entered by hand' }).waitFor()
    await page.getByRole('link', { name: 'Proofs' }).click()
    const rows = page.getByRole('main').getByRole('row')
    await rows.nth(3).waitFor()
    t.equal(await rows.count(), 4, 'a heading and three batches: nothing was signed twice')
    const others = browser.complaints.filter((text) => !/ERR_CONNECTION_REFUSED|Failed to load/.test(text))
    t.same(others, [])
  },
)
