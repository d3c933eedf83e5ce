import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { buildDeb, NOT_ASKED } from '../support/builds.ts'

// Otherwise that of the last commit, which may be made meanwhile.
process.env.SOURCE_DATE_EPOCH = '1750000000'
t.setTimeout(1_200_000)

t.test('the same source gives the same package', { skip: NOT_ASKED ?? false }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hygeia-deb-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const digests = []
  for (const name of ['once', 'again']) {
    const bytes = await readFile(await buildDeb(join(folder, name), '0.1.0'))
    digests.push(createHash('sha256').update(bytes).digest('hex'))
  }
  t.equal(digests[0], digests[1])
})
