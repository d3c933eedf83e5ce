import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAtomic, syncDirectory, writeAtomic } from '@hygeia/runtime/atomic-write'
import t from 'tap'

t.test('a file is replaced as a whole, private unless told, with nothing left beside it', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'state')
  await writeAtomic(path, 'one')
  await writeAtomic(path, Buffer.from('two'))
  t.equal(await readFile(path, 'utf8'), 'two')
  t.equal((await stat(path)).mode & 0o777, 0o600)
  await writeAtomic(path, 'three', 0o644)
  t.equal((await stat(path)).mode & 0o777, 0o644)
  t.same(await readdir(dir), ['state'])
})

t.test('a write that fails leaves the old file and nothing else', async (t) => {
  const dir = t.testdir({ state: 'old', taken: { inside: '' } })
  await t.rejects(
    writeAtomic(join(dir, 'taken'), 'new'),
    { code: /EISDIR|ENOTEMPTY|EEXIST/ },
    'over a folder',
  )
  await t.rejects(writeAtomic(join(dir, 'missing', 'state'), 'new'), { code: 'ENOENT' }, 'into no folder')
  const unreadable = { [Symbol.iterator]: () => 0 } as unknown as Uint8Array
  await t.rejects(writeAtomic(join(dir, 'state'), unreadable), 'of no bytes')
  t.equal(await readFile(join(dir, 'state'), 'utf8'), 'old')
  t.same((await readdir(dir)).sort(), ['state', 'taken'])
})

t.test('many writers at once leave one whole file', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'state')
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(5_000))
  await Promise.all(texts.map((text) => writeAtomic(path, text)))
  t.ok(texts.includes(await readFile(path, 'utf8')))
  t.same(await readdir(dir), ['state'])
})

t.test('a file is made only where there is none', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'key')
  const makers = await Promise.allSettled(['a', 'b', 'c'].map((text) => createAtomic(path, text)))
  t.equal(makers.filter(({ status }) => status === 'fulfilled').length, 1, 'one of three comes first')
  const winner = await readFile(path, 'utf8')
  await t.rejects(createAtomic(path, 'late'), { code: 'EEXIST' })
  t.equal(await readFile(path, 'utf8'), winner, 'and stays')
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same(await readdir(dir), ['key'])
})

t.test('a folder that is not there cannot be made safe', async (t) => {
  const dir = t.testdir()
  await mkdir(join(dir, 'there'))
  await writeFile(join(dir, 'there', 'file'), '')
  await syncDirectory(join(dir, 'there'))
  await t.rejects(syncDirectory(join(dir, 'gone')), { code: 'ENOENT' })
})
