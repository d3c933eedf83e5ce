import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Ballast } from '../../../src/disk/ballast.ts'
import { Database } from '../../../src/disk/database.ts'
import { testFolder } from '../../support/bedside.ts'

t.test('a commit survives, an undone transaction leaves nothing', async (t) => {
  const path = join(await testFolder(t), 'agent.db')
  const database = Database.open(path)
  database.exec('CREATE TABLE kept (value INTEGER)')
  t.equal(
    database.transaction(() => Number(database.prepare('INSERT INTO kept VALUES (1)').run().changes)),
    1,
  )
  t.throws(() =>
    database.transaction(() => {
      database.prepare('INSERT INTO kept VALUES (2)').run()
      throw new Error('no')
    }),
  )
  t.match(database.prepare('PRAGMA synchronous').get(), { synchronous: 2 }, 'every commit is on the disk')
  database.close()
  const looking = Database.openReadOnly(path)
  t.same(
    looking
      .prepare('SELECT value FROM kept')
      .all()
      .map(({ value }) => value),
    [1],
  )
  looking.close()
})

t.test('a full disk is named, and nothing of the transaction is there', async (t) => {
  const database = Database.open(join(await testFolder(t), 'agent.db'))
  database.exec('CREATE TABLE kept (value BLOB)')
  database.exec('PRAGMA max_page_count = 10')
  const put = () => database.prepare('INSERT INTO kept VALUES (zeroblob(100000))').run()
  t.throws(() => database.transaction(put), { code: 'DISK_FULL' })
  t.match(database.prepare('SELECT count(*) AS n FROM kept').get(), { n: 0 })
  database.exec('PRAGMA max_page_count = 1000')
  database.transaction(put)
  t.match(database.prepare('SELECT count(*) AS n FROM kept').get(), { n: 1 })
})

t.test('a file that is no database any more is moved aside', async (t) => {
  const folder = await testFolder(t)
  const path = join(folder, 'agent.db')
  await writeFile(path, Buffer.alloc(8_192, 0x55))
  let movedTo = ''
  const database = Database.open(path, {
    onCorrupt: (aside) => {
      movedTo = aside
    },
  })
  database.exec('CREATE TABLE kept (value INTEGER)')
  t.ok(existsSync(movedTo))
  t.ok((await readdir(folder)).includes('agent.db'))
  database.close()
})

t.test('a database of a later version is left alone', async (t) => {
  const path = join(await testFolder(t), 'agent.db')
  const database = Database.open(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  t.throws(() => Database.open(path), { code: 'DISK_NEWER', detail: { version: 99 } })
})

t.test('the ballast is given up once, and taken again', async (t) => {
  const path = join(await testFolder(t), 'ballast')
  const ballast = new Ballast({ path })
  t.equal(ballast.drop(), false)
  ballast.take()
  t.ok(existsSync(path))
  t.equal(ballast.drop(), true)
  t.notOk(existsSync(path))
  new Ballast({ path: '/nowhere/at/all' }).take()
})
