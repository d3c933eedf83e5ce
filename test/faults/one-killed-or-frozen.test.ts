import t from 'tap'
import { goOnWithout, nothingMissingOrDoubled } from './support/one-away.ts'
import { openWard } from './support/ward.ts'

t.setTimeout(900_000)

t.test('any one of three hospitals is killed or frozen', async (t) => {
  const ward = await openWard(t)
  for (const index of [0, 1, 2]) {
    await goOnWithout(t, ward, index, {
      name: 'killed with its engines',
      begin: (hospital) => hospital.kill(),
      end: (hospital) => hospital.start(),
    })
    await goOnWithout(t, ward, index, {
      name: 'frozen with its engines',
      begin: async ({ process }) => process.freeze(),
      end: async ({ process }) => process.thaw(),
    })
  }
  await nothingMissingOrDoubled(t, ward)
})
