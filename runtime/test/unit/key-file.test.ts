import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readKeyFile, writeKeyFile } from '@hygeia/runtime/key-file'
import t from 'tap'

const key = Uint8Array.from({ length: 32 }, (_, index) => index)

t.test('a key comes back from a file that nobody else can read', async (t) => {
  const path = join(t.testdir(), 'device.key')
  await writeKeyFile(path, key)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same(await readKeyFile(path), key)
  await chmod(path, 0o400)
  t.same(await readKeyFile(path), key, 'as systemd hands it over')
})

t.test('of a credential, the bits of the group are the mask of its access control list', async (t) => {
  const path = join(t.testdir(), 'device.key')
  await writeKeyFile(path, key)
  await chmod(path, 0o440)
  await t.rejects(readKeyFile(path), { code: 'FILE_EXPOSED' })
  t.same(await readKeyFile(path, { isCredential: true }), key)
  for (const mode of [0o444, 0o460, 0o450]) {
    await chmod(path, mode)
    await t.rejects(readKeyFile(path, { isCredential: true }), { code: 'FILE_EXPOSED' })
  }
})

t.test('a key is never replaced', async (t) => {
  const path = join(t.testdir(), 'device.key')
  await writeKeyFile(path, key)
  await t.rejects(writeKeyFile(path, new Uint8Array(32)), { code: 'FILE_EXISTS', detail: { path } })
  t.same(await readKeyFile(path), key)
  await t.rejects(writeKeyFile(join(path, 'below'), key), { code: 'ENOTDIR' }, 'other faults are their own')
})

t.test('a key that others could read is refused, and the way to put it right is told', async (t) => {
  const path = join(t.testdir(), 'device.key')
  await writeKeyFile(path, key)
  for (const mode of [0o640, 0o604, 0o660, 0o601]) {
    await chmod(path, mode)
    await t.rejects(readKeyFile(path), {
      code: 'FILE_EXPOSED',
      detail: { path, mode },
      message: new RegExp(`chmod 600 ${path}`),
    })
  }
})

t.test('what is no key is refused without being told', async (t) => {
  const texts = ['', 'secret', 'AB'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33), `0x${'ab'.repeat(32)}`]
  const dir = t.testdir(Object.fromEntries(texts.map((text, index) => [`${index}`, text])))
  for (const [index, text] of texts.entries()) {
    const path = join(dir, `${index}`)
    await chmod(path, 0o600)
    await t.rejects(readKeyFile(path), { code: 'FILE_INVALID', detail: { path } })
    const told = await readKeyFile(path).catch((cause: unknown) => String(cause))
    t.ok(text === '' || !String(told).includes(text), 'the text is not in the message')
    t.equal(await readFile(path, 'utf8'), text)
  }
})

t.test('a key that is not there says what to do', async (t) => {
  const path = join(t.testdir(), 'device.key')
  await t.rejects(readKeyFile(path), { code: 'FILE_UNREADABLE', detail: { path }, message: /run init/ })
})
