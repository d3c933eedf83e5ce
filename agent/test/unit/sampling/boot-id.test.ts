import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBootId } from '@hygeia/agent/sampling/boot-id'
import t from 'tap'

t.test('a boot has a name of eight bytes that does not tell the name the kernel gave it', async (t) => {
  const path = join(t.testdir(), 'boot_id')
  await writeFile(path, '91bd7b1e-7a5f-4c3b-9a36-0b8b6c3a2f10\n')
  // printf %s 91bd7b1e-7a5f-4c3b-9a36-0b8b6c3a2f10 | sha256sum
  t.equal(await readBootId(path), '0x7b2c39ac349a15cd')
})

t.test('it is the same throughout this boot', { skip: process.platform !== 'linux' }, async (t) => {
  t.equal(await readBootId(), await readBootId())
})
