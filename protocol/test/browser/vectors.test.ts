import { fileURLToPath } from 'node:url'
import t from 'tap'
import { resultInBrowser } from '../support/browser.ts'
import { allChecks } from '../vector-checks/all.ts'

t.test('a browser makes and reads the same vectors, under a policy that allows no eval', async (t) => {
  const result = await resultInBrowser(t, fileURLToPath(new URL('page.ts', import.meta.url)))
  t.same(
    result,
    { checks: Object.keys(allChecks), faults: {} },
    'every vector was checked, and every one held',
  )
})
