import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Database } from '../../../src/disk/database.ts'
import { Life } from '../../../src/spool/life.ts'
import { MarkFile } from '../../../src/spool/mark.ts'
import { testFolder } from '../../support/bedside.ts'

const cid = (byte: number) => new Uint8Array(36).fill(byte)

async function open(folder: string, machine = '0123456789abcdef') {
  const database = Database.open(join(folder, 'agent.db'))
  const mark = new MarkFile({ path: join(folder, 'mark') })
  const { life, isNew } = await Life.open({ database, mark, machine })
  return {
    life,
    isNew,
    /** One batch, as the pipeline commits it. */
    seal() {
      const sequence = life.takeSequence()
      const head = { sequence, cid: cid(sequence) }
      database.transaction(() => life.writeHead(head))
      life.headCommitted(head)
      return sequence
    },
    kill: () => database.close(),
    close() {
      life.close()
      database.close()
    },
  }
}

t.test('a life goes on through stops and kills', async (t) => {
  const folder = await testFolder(t)
  const first = await open(folder)
  t.equal(first.isNew, true)
  t.same([first.seal(), first.seal()], [1, 2])
  first.close()
  const second = await open(folder)
  t.match(second, {
    isNew: false,
    life: { incarnation: first.life.incarnation, head: { sequence: 2, cid: cid(2) } },
  })
  t.equal(second.seal(), 3, 'a clean stop leaves no gap')
  second.kill()
  const third = await open(folder)
  t.match(third, { isNew: false, life: { incarnation: first.life.incarnation, head: { sequence: 3 } } })
  t.ok(third.seal() > 3, 'a kill may leave one, and uses none twice')
  third.kill()
})

t.test('sequences are on the disk before they are used', async (t) => {
  const folder = await testFolder(t)
  const first = await open(folder)
  const taken = Array.from({ length: 100 }, () => first.life.takeSequence())
  first.kill()
  const second = await open(folder)
  t.ok(second.life.takeSequence() > Math.max(...taken))
  t.equal(second.life.hasTaken(Math.max(...taken)), true)
  t.equal(second.life.hasTaken(10_000), false)
  second.kill()
})

t.test('a crash between database and mark is no copy', async (t) => {
  const folder = await testFolder(t)
  const first = await open(folder)
  first.seal()
  const mark = await readFile(join(folder, 'mark'))
  first.close()
  const second = await open(folder)
  second.close()
  // As if the second start had ended before it wrote its mark.
  await writeFile(join(folder, 'mark'), mark)
  t.equal((await open(folder)).isNew, false)
})

for (const [name, restore] of Object.entries({
  'put back over itself': async (folder: string) => {
    await writeFile(join(folder, 'agent.db'), await readFile(join(folder, 'backup')))
  },
  'put back as another file': async (folder: string) => {
    await rm(join(folder, 'agent.db'))
    await copyFile(join(folder, 'backup'), join(folder, 'agent.db'))
  },
  'put back without its mark': async (folder: string) => {
    await writeFile(join(folder, 'agent.db'), await readFile(join(folder, 'backup')))
    await rm(join(folder, 'mark'))
  },
  lost: (folder: string) => rm(join(folder, 'agent.db')),
})) {
  t.test(`a database that was ${name} begins a new life`, async (t) => {
    const folder = await testFolder(t)
    const first = await open(folder)
    first.seal()
    first.close()
    const second = await open(folder)
    second.close()
    await copyFile(join(folder, 'agent.db'), join(folder, 'backup'))
    // The same run of the program as the copy: tokens agree, but what was sealed since shows.
    const third = await open(folder)
    third.seal()
    third.close()
    await restore(folder)
    const restored = await open(folder)
    t.equal(restored.isNew, true)
    t.not(restored.life.incarnation, first.life.incarnation)
    t.equal(restored.life.head, undefined)
    t.equal(restored.seal(), 1)
    restored.kill()
    const after = await open(folder)
    t.equal(after.isNew, false, 'and that one goes on')
    after.kill()
  })
}

t.test('a copy made while it ran, put back within the same run, shows by its sequence', async (t) => {
  const folder = await testFolder(t)
  const first = await open(folder)
  first.seal()
  first.kill()
  const mark = join(folder, 'mark')
  const backup = await readFile(join(folder, 'agent.db'))
  const token = (await readFile(mark, 'latin1')).split(' ')[1]
  // A later commit of the same run: the mark was moved in place.
  const text = await readFile(mark, 'latin1')
  await writeFile(mark, text.replace(/\d{16}\n$/, '0000000000000009\n'))
  t.equal((await readFile(mark, 'latin1')).split(' ')[1], token)
  await writeFile(join(folder, 'agent.db'), backup)
  t.equal((await open(folder)).isNew, true)
})

t.test('a clone in another machine begins a new life', async (t) => {
  const folder = await testFolder(t)
  const first = await open(folder)
  first.seal()
  first.close()
  t.equal((await open(folder, 'fedcba9876543210')).isNew, true)
})

t.test('a life that turns out to be spent is left for another', async (t) => {
  const folder = await testFolder(t)
  const first = await open(folder)
  first.seal()
  const { incarnation } = first.life
  await first.life.renew()
  t.not(first.life.incarnation, incarnation)
  t.equal(first.seal(), 1)
  first.close()
  t.equal((await open(folder)).isNew, false)
})
