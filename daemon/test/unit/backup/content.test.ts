import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog } from '@hygeia/runtime/log'
import t from 'tap'
import { holdContent } from '../../../src/backup/content.ts'
import { Disk, put } from '../../../src/store/disk.ts'
import { scratch } from '../support/scratch.ts'

const log = createLog('test', 'silent')
const DATABASES = ['chain', 'journal', 'replicas', 'ipfs/blocks', 'grants', 'geth/chaindata']
const OF_KUBO = ['ipfs/kubo/datastore', 'ipfs/put-pins']

t.test(
  'each database is held before those that it says something of, and none that others have',
  async (t) => {
    const dir = await scratch(t)
    const [dataDir, keysDir] = [join(dir, 'data'), join(dir, 'keys')]
    await mkdir(keysDir, { recursive: true })
    await writeFile(join(keysDir, 'storage.key'), 'secret')
    await writeFile(join(keysDir, 'operator.key'), 'secret')
    for (const name of [...DATABASES, ...OF_KUBO]) {
      const path = join(dataDir, name)
      await mkdir(path, { recursive: true })
      const disk = new Disk({ path, reserveBytes: 0 }, { log })
      await disk.open()
      await disk.write([put(Buffer.from('key'), Buffer.from('value'))], true)
      await disk.close()
    }
    const held = await holdContent({ dataDir, keysDir }, join(dataDir, '.backup-0'))
    const databases = held.map(({ name }) => name.split('/').slice(0, -1).join('/'))
    t.same(
      [...new Set(databases)],
      ['keys', 'data/replicas', 'data/journal', 'data/grants', 'data/chain', 'data/ipfs/blocks'],
    )
    t.notOk(held.some(({ name }) => name.endsWith('storage.key')))
  },
)
