import t from 'tap'
import { allChecks } from '../vector-checks/all.ts'

for (const [name, check] of Object.entries(allChecks)) {
  t.test(`the frozen vector holds: ${name}`, async (t) => {
    await check()
    t.pass(name)
  })
}
