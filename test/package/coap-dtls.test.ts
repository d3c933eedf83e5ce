import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import t from 'tap'
import { bind, TestDevice } from '../../daemon/test/link/support/devices.ts'
import { startHospital } from '../../daemon/test/link/support/hospital.ts'
import { run } from '../../daemon/test/link/support/program.ts'
import { BootedRoot, whyNoBoot } from '../support/booted-root.ts'
import { NOT_ASKED } from '../support/builds.ts'
import { DebianRoot } from '../support/debian-root.ts'
import { until } from '../support/until.ts'

const UNIT = 'hygeia-coap-dtls.service'
const SERVER = '/usr/bin/coap-server-openssl'
const skip = NOT_ASKED ?? whyNoBoot() ?? (existsSync(SERVER) ? false : 'no coap-server-openssl')

t.setTimeout(600_000)

t.test('the DTLS unit that is shipped runs in a Debian, confined as it says', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hygeia-dtls-unit-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const hospital = await startHospital(join(folder, 'hospital'))
  t.teardown(() => hospital.stop())
  const device = new TestDevice(hospital.realm)
  await bind(hospital, [device])

  const root = await DebianRoot.make(join(folder, 'root'))
  // That of this machine, which is of the same release: the root's own mirror need not be reached for it.
  for (const path of await filesOf(SERVER)) {
    await mkdir(dirname(root.at(path)), { recursive: true })
    await copyFile(path, root.at(path))
  }
  const unit = fileURLToPath(new URL(`../../systemd/${UNIT}`, import.meta.url))
  await copyFile(unit, root.at(`/etc/systemd/system/${UNIT}`))
  await mkdir(root.at('/etc/hygeia'), { recursive: true })
  const conf = `ADDRESS=127.0.0.1\nPORT=5683\nDAEMON=coap://127.0.0.1:${hospital.coap.port}\n`
  await writeFile(root.at('/etc/hygeia/coap-dtls.conf'), conf)
  await writeFile(root.at('/etc/hygeia/coap-psk'), 'hygeia,ward-3,key of ward three\n', { mode: 0o600 })

  await using booted = await BootedRoot.boot(root)
  await booted.run('systemctl', 'start', UNIT)
  const isActive = async () => (await booted.run('systemctl', 'is-active', UNIT)).output.trim() === 'active'
  await until('it is active', isActive).catch(async (cause) => {
    t.comment((await booted.run('journalctl', '-u', UNIT, '--no-pager', '-n', '20')).output)
    throw cause
  })

  const file = join(folder, 'batch')
  const out = join(folder, 'reply')
  const sealed = device.seal({ ciphertextBytes: 16_384 })
  await writeFile(file, sealed.bytes)
  const reply = await until('a batch is answered', async () => {
    await run('coap-client-openssl', [
      ...['-m', 'post', '-B', '3', '-b', '1024', '-f', file, '-o', out],
      ...['-u', 'ward-3', '-k', 'key of ward three', '-P', 'coaps://127.0.0.1:5684', 'coap://hospital/batch'],
    ])
    return await readFile(out)
  }).catch(async (cause) => {
    t.comment((await booted.run('journalctl', '-u', UNIT, '--no-pager', '-n', '20')).output)
    throw cause
  })
  t.ok(
    decodeAnswers(reply).every(({ kind }) => kind === 'receipts'),
    'taken, or proven already',
  )
  await until('it is journaled', async () => (await hospital.store.reader.find(sealed.digest)) !== undefined)
  const user = await booted.run('systemctl', 'show', '--value', '--property=DynamicUser', UNIT)
  t.equal(user.output.trim(), 'yes')
  t.ok(await isActive())
})

/** A program, and the libraries that it needs. */
async function filesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [program])
  return [program, ...[...stdout.toString().matchAll(/=> (\/\S+)/g)].map(([, path]) => path ?? '')]
}
