import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { makeCertificates } from '../../../src/init/certificates.ts'
import { readCertificates } from '../../../src/init/tls-files.ts'

t.test('a certificate that is missing or damaged is named, and what to do', async (t) => {
  const dir = t.testdir()
  await t.rejects(readCertificates(dir), { code: 'FILE_UNREADABLE', message: /restore it/ })
  await makeCertificates(dir, ['localhost'])
  t.match(await readCertificates(dir), { caHash: /^0x[0-9a-f]{64}$/ })
  for (const name of ['tls-key.pem', 'tls.pem', 'ca.pem']) {
    const whole = t.testdir()
    await makeCertificates(whole, ['localhost'])
    await writeFile(join(whole, name), '-----BEGIN CERTIFICATE-----\n')
    await t.rejects(readCertificates(whole), {
      code: 'FILE_INVALID',
      message: new RegExp(`${name} is damaged`),
    })
  }
})
