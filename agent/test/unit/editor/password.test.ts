import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import bcrypt from 'bcryptjs'
import t from 'tap'
import { askedPassword } from '../../../src/editor/ask-password.ts'
import { readPassword, writePassword } from '../../../src/editor/password.ts'
import { testFolder } from '../../support/bedside.ts'

t.test('a password is kept as a bcrypt hash that only its owner may read', async (t) => {
  const path = join(await testFolder(t), 'editor/password')
  await t.rejects(readPassword(path), { code: 'NO_PASSWORD', message: /hygeia-agent password/ })
  await writePassword(path, 'correct horse')
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.ok(await bcrypt.compare('correct horse', await readPassword(path)))
  t.notOk(await bcrypt.compare('wrong horse', await readPassword(path)))
  await chmod(path, 0o640)
  await t.rejects(readPassword(path), { code: 'PASSWORD_EXPOSED' })
  await chmod(path, 0o600)
  await writeFile(path, 'correct horse')
  await t.rejects(readPassword(path), { code: 'PASSWORD_INVALID' })
})

t.test('a password too short, or longer than bcrypt looks at, is refused', async (t) => {
  const path = join(await testFolder(t), 'password')
  for (const password of ['', 'ninechars', 'é'.repeat(37)]) {
    await t.rejects(writePassword(path, password), { code: 'PASSWORD_REFUSED' })
  }
})

t.test('a password is asked twice, or read from a pipe', async (t) => {
  const ask = (text: string, isPiped: boolean) => {
    const stdin = new PassThrough()
    stdin.end(text)
    return askedPassword({ stdin, stderr: new PassThrough(), isPiped })
  }
  t.equal(await ask('correct horse\n', true), 'correct horse')
  const typed = new PassThrough()
  const stderr = new PassThrough()
  const asked = askedPassword({ stdin: typed, stderr, isPiped: false })
  typed.write('correct horse\n')
  setImmediate(() => typed.write('another horse\n'))
  await t.rejects(asked, { code: 'PASSWORD_REFUSED' })
  t.notMatch(String(stderr.read()), /horse/, 'nothing typed is shown')
})
