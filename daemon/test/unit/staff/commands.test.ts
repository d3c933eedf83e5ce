import { execFile } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { addStaff, readStaff, removeStaff } from '../../../src/staff/file.ts'
import { scratch } from '../support/scratch.ts'

const PROGRAM = fileURLToPath(new URL('../../../bin/daemon.ts', import.meta.url))
const ANN = `0x${'a'.repeat(40)}`

t.test('staff is listed, changed and removed on the command line', { timeout: 300_000 }, async (t) => {
  const dir = await scratch(t)
  const config = join(dir, 'daemon.json')
  await writeFile(config, JSON.stringify({ dataDir: dir, keysDir: dir }), { mode: 0o600 })
  const staff = (...words: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(process.execPath, [PROGRAM, 'staff', ...words, '--config', config], (fault, out, err) =>
        resolve({ code: Number(fault?.code ?? 0), out, err }),
      )
    })
  t.match(await staff('add', ANN.toUpperCase().replace('0X', '0x'), '--role', 'operator'), {
    code: 0,
    out: `${ANN} is listed as operator\n`,
  })
  t.match(JSON.parse((await staff('list', '--json')).out), [{ address: ANN, role: 'operator' }])
  t.equal((await stat(join(dir, 'staff.json'))).mode & 0o777, 0o600)
  t.match(await staff('add', ANN, '--role', 'admin'), { code: 1, err: /viewer, operator/ })
  t.match(await staff('remove', ANN), { code: 0, out: `${ANN} is listed no longer\n` })
})

t.test('the list is bounded, and one that is broken is not written over', async (t) => {
  const path = join(await scratch(t), 'staff.json')
  t.same(await readStaff(path), [])
  const member = (index: number) => ({
    address: `0x${index.toString(16).padStart(40, '0')}` as Address,
    role: 'viewer' as const,
    added: 0 as UnixMs,
  })
  for (let index = 0; index < 256; index++) await addStaff(path, member(index))
  await t.rejects(addStaff(path, member(256)), { code: 'STAFF_LIMIT' })
  await t.resolves(addStaff(path, { ...member(0), role: 'operator' }), 'another role is no further account')
  t.equal((await readStaff(path)).length, 256)
  t.notOk(await removeStaff(path, member(300).address))
  await writeFile(path, 'x')
  await t.rejects(addStaff(path, member(1)), { message: /bring it back from a backup/ })
})
