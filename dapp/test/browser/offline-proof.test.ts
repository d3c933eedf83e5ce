import { fileURLToPath } from 'node:url'
import t from 'tap'
import { resultInBrowser } from '../../../protocol/test/support/browser.ts'
import frozen from '../vectors/offline-proof.json' with { type: 'json' }

t.test('a browser proves the same of the same file', async (t) => {
  const result = await resultInBrowser(t, fileURLToPath(new URL('page.ts', import.meta.url)))
  t.same(result, frozen.verdicts)
})
