import { X509Certificate } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DAY_MS } from '@hygeia/protocol/units'
import t from 'tap'
import { fingerprintOf, selfMadeIdentity } from '../../../src/editor/certificate.ts'
import { testFolder } from '../../support/bedside.ts'

t.test('a certificate is made once, for the names and addresses of this machine', async (t) => {
  const folder = join(await testFolder(t), 'editor')
  const made = await selfMadeIdentity(folder, '0.0.0.0')
  const cert = new X509Certificate(made.cert)
  for (const name of [hostname(), `${hostname()}.local`, 'localhost']) t.equal(cert.checkHost(name), name)
  t.equal(cert.checkIP('127.0.0.1'), '127.0.0.1')
  t.ok(cert.verify(cert.publicKey))
  t.equal(cert.ca, false, 'it cannot make others')
  t.equal((await stat(join(folder, 'tls.key'))).mode & 0o777, 0o600)
  t.same(await selfMadeIdentity(folder, '0.0.0.0'), made)
  t.match(fingerprintOf(made), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
})

t.test('another is made before it ends, and when it cannot be read', async (t) => {
  const folder = await testFolder(t)
  const made = await selfMadeIdentity(folder, '192.168.1.7')
  const cert = new X509Certificate(made.cert)
  t.equal(cert.checkIP('192.168.1.7'), '192.168.1.7')
  const end = cert.validToDate.getTime()
  t.ok(end - cert.validFromDate.getTime() <= 825 * DAY_MS)
  t.same(await selfMadeIdentity(folder, '192.168.1.7', end - 31 * DAY_MS), made)
  const next = await selfMadeIdentity(folder, '192.168.1.7', end - 29 * DAY_MS)
  t.not(next.cert, made.cert)
  await writeFile(join(folder, 'tls.crt'), 'torn')
  t.not((await selfMadeIdentity(folder, '192.168.1.7')).cert, next.cert)
})
