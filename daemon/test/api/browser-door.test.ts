import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import { freePort } from '@hygeia/runtime/test/free-port'
import t from 'tap'
import { AcmeCertificate } from '../../src/browsers/acme.ts'
import type { CertificatePair } from '../../src/browsers/certificate.ts'
import { Challenges } from '../../src/browsers/challenges.ts'
import { CertificateFiles } from '../../src/browsers/files.ts'
import { makeCertificates } from '../../src/init/certificates.ts'
import { until } from '../link/support/until.ts'
import { Client } from './support/client.ts'
import { startHospital } from './support/hospital.ts'
import { findPebble, runPebble } from './support/pebble.ts'

const hospital = await startHospital()
const dir = await mkdtemp(join(tmpdir(), 'hygeia-browsers-'))
const door = hospital.api.browserDoor({ host: '127.0.0.1', port: 0 })
await door.start()
t.teardown(async () => {
  await door.stop()
  await hospital.destroy()
  await rm(dir, { recursive: true, force: true })
})
const log = createLog('test', 'silent')
const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]

/** Have `name`'s certificate in the files, as a program that renews does. @returns PEM of its CA */
async function issue(name: string): Promise<string> {
  const folder = join(dir, `${name}-${Math.random()}`)
  await mkdir(folder)
  await makeCertificates(folder, [name])
  await rename(join(folder, 'tls-key.pem'), keyFile)
  await rename(join(folder, 'tls.pem'), certFile)
  return await readFile(join(folder, 'ca.pem'), 'utf8')
}

/** Names of the certificate that a door shows. */
async function shownAt(port: number, servername = 'web.example'): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subjectAltName = '' } = new X509Certificate(socket.getPeerCertificate().raw)
  socket.destroy()
  return subjectAltName
}

t.test('browsers and devices each see the certificate that they trust', async (t) => {
  const ca = await issue('web.example')
  const faults: unknown[] = []
  const files = new CertificateFiles(
    { certFile, keyFile, lookMs: 50 },
    {
      onPair: (pair) => door.setCertificate(pair),
      log: Object.assign(log.child({}), { error: ({ err }: { err: unknown }) => faults.push(err) }),
    },
  )
  await files.start()
  t.equal(await shownAt(door.port), 'DNS:web.example')
  t.match(await shownAt(hospital.api.port), /DNS:localhost/, 'the other door as before')
  const socket = connect({ host: '127.0.0.1', port: door.port, ca, servername: 'web.example' })
  await once(socket, 'secureConnect')
  t.ok(socket.authorized, 'without the hospital’s own CA')
  socket.destroy()

  await issue('next.example')
  await until(async () => (await shownAt(door.port)) === 'DNS:next.example')
  t.pass('a renewed one is shown without a restart')
  await writeFile(certFile, await readFile(join(hospital.dir, 'keys/tls.pem')))
  await until(() => faults.length > 0)
  t.match(faults[0], { code: 'CERTIFICATE_PAIR' })
  t.equal(await shownAt(door.port), 'DNS:next.example', 'one without its key is not')
  await issue('third.example')
  await until(async () => (await shownAt(door.port)) === 'DNS:third.example')
  await files.stop()
})

t.test('a daemon that has no certificate to begin with says which file', async (t) => {
  const files = new CertificateFiles(
    { certFile: join(dir, 'gone.pem'), keyFile },
    { onPair: () => t.fail(), log },
  )
  await t.rejects(files.start(), { code: 'CERTIFICATE_UNREADABLE', message: /gone\.pem/ })
})

t.test('the further door serves the same, within the same limits', async (t) => {
  const client = new Client({ port: door.port, ca: hospital.tls.ca })
  door.setCertificate(hospital.tls)
  t.match(await client.ask('/healthz'), { status: 200 })
  t.match(await client.ask('/v1/nothing'), { status: 404, json: { code: 'NO_SUCH_ROUTE' } })
  const long = await client.ask(`/v1/realm?${'x'.repeat(10_000)}`)
  t.match(long, { status: 431, json: { code: 'HEADERS_TOO_LARGE' } })
  client.close()
})

t.test('plain HTTP answers challenges, and sends everybody else on', async (t) => {
  const challenges = new Challenges({ host: '127.0.0.1', port: 0, redirectTo: () => 'https://web.example' })
  await challenges.start()
  challenges.put('token-1', 'answer')
  const ask = async (path: string) => {
    const asked = get({ host: '127.0.0.1', port: challenges.port, path, agent: false })
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return { status: response.statusCode, to: response.headers.location, text }
  }
  t.match(await ask('/.well-known/acme-challenge/token-1'), { status: 200, text: 'answer' })
  t.match(await ask('/.well-known/acme-challenge/token-2'), { status: 404 })
  t.match(await ask('/.well-known/acme-challenge/../../etc/passwd'), { status: 404 })
  t.match(await ask('/patient?x'), { status: 308, to: 'https://web.example' })
  await challenges.stop()
})

const pebble = await findPebble()
const skip = 'reason' in pebble ? pebble.reason : false
t.test('a certificate is got from an authority, shown, and kept', { skip, timeout: 300_000 }, async (t) => {
  if ('reason' in pebble) return
  const ports = { listen: await freePort(), management: await freePort(), http: await freePort() }
  const authority = await runPebble(pebble.path, join(dir, 'pebble'), ports)
  t.teardown(() => authority.stop())
  const challenges = new Challenges({ host: '127.0.0.1', port: ports.http, redirectTo: () => '' })
  await challenges.start()
  t.teardown(() => challenges.stop())
  await until(() => portAnswers(ports.listen))
  const ca = await readFile(authority.ca, 'utf8')
  const got: CertificatePair[] = []
  const onPair = (pair: CertificatePair) => {
    got.push(pair)
    door.setCertificate(pair)
  }
  const options = { directory: authority.directory, names: ['localhost'], dir: join(dir, 'acme'), ca }
  const deps = { challenges, onPair, clock: systemClock, log }
  const certificate = new AcmeCertificate(options, deps)
  await certificate.start()
  await until(() => got.length > 0, 120_000)
  t.equal(await shownAt(door.port, 'localhost'), 'DNS:localhost')
  await certificate.stop()
  const again = new AcmeCertificate(options, deps)
  await again.start()
  t.equal(got.length, 2, 'what is held is shown at once after a restart')
  t.equal(got[1]?.cert.trim(), got[0]?.cert.trim())
  await again.stop()
})

async function portAnswers(port: number): Promise<boolean> {
  const socket = connectPlain(port, '127.0.0.1')
  const answered = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return answered
}
