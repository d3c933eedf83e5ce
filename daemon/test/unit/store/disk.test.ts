import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import t from 'tap'
import { Disk, put } from '../../../src/store/disk.ts'
import { StoreError } from '../../../src/store/errors.ts'
import { batchOf, scratch, storeFor } from './support/batches.ts'

const PROGRAM = fileURLToPath(new URL('./support/store-program.ts', import.meta.url))

t.test(
  'a write that fails is refused by name, and the journal goes on by itself with all that it took',
  async (t) => {
    const path = join(await scratch(t), 'ingest')
    // Without the test runner's hooks: they end a process on the signal of a full disk, which Node ignores.
    const command = [
      '-u',
      'NODE_OPTIONS',
      'prlimit',
      '--fsize=300000:unlimited',
      process.execPath,
      PROGRAM,
      path,
    ]
    const child = spawn('env', command, { stdio: ['pipe', 'pipe', 'inherit'] })
    const taken: string[] = []
    let failed = 0
    let isRoomy = false
    let takenAfter = 0
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [what = '', digest = ''] = line.split(' ')
      if (what === 'taken') {
        taken.push(digest)
        if (isRoomy) takenAfter++
      } else if (what === 'STORE_DOWN') failed++
      else t.fail(line)
    })
    while (failed < 50) await once(child.stdout, 'data')
    t.ok(taken.length > 100, `${taken.length} batches were taken and ${failed} refused`)
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited'])
    isRoomy = true
    while (takenAfter < 200) await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'close')

    const store = await storeFor(t, { path })
    const held = await Promise.all(taken.map((digest) => store.reader.find(Buffer.from(digest, 'hex'))))
    t.equal(held.filter((record) => record === undefined).length, 0, 'what was taken is there')
    t.equal(new Set(held.map((record) => record?.arrival)).size, taken.length, 'once')
  },
)

t.test('nothing is written while less is free than is kept in reserve', async (t) => {
  const store = await storeFor(t, { reserveBytes: Number.MAX_SAFE_INTEGER })
  await t.rejects(store.take(batchOf()), { code: 'STORE_FULL' })
  await t.rejects(store.take(batchOf()), StoreError)
  t.ok(store.isUp, 'the journal itself is whole')
  t.ok(store.freeBytes < Number.MAX_SAFE_INTEGER)
})

t.test(
  'what is written after the journal was closed is refused, and is no failure of the journal',
  async (t) => {
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
    const disk = new Disk({ path: join(await scratch(t), 'closed'), reserveBytes: 0 }, { log })
    await disk.open()
    await disk.close()
    await t.rejects(disk.write([put(Buffer.from('k'), Buffer.from('v'))], false), { code: 'STORE_DOWN' })
    t.ok(disk.isUp)
    t.same(lines, [])
  },
)
