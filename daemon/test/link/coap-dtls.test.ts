import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import t from 'tap'
import { bind, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { run } from './support/program.ts'
import { until } from './support/until.ts'

const SERVER = '/usr/bin/coap-server-openssl'
const CLIENT = 'coap-client-openssl'
if (spawnSync(SERVER, ['--version']).error !== undefined) {
  t.pass('no coap-server-openssl on this machine', { skip: true })
  process.exit()
}

const dir = await mkdtemp(join(tmpdir(), 'hygeia-dtls-'))
const hospital = await startHospital(join(dir, 'hospital'))
const device = new TestDevice(hospital.realm)
await bind(hospital, [device])
const port = await freePair()
await writeFile(join(dir, 'psk'), 'hygeia,ward-3,key of ward three\nhygeia,ward-4,key of ward four\n')
const terminator = await startTerminator()
t.teardown(async () => {
  terminator.kill()
  await hospital.stop()
  await rm(dir, { recursive: true })
})

/** Two ports in a row: the second is that of DTLS. */
async function freePair(): Promise<number> {
  for (;;) {
    const one = await bound(0)
    const { port } = one.address()
    const next = await bound(port + 1).catch(() => undefined)
    one.close()
    next?.close()
    if (next !== undefined) return port
  }
}

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** As the unit that is shipped starts it. */
async function startTerminator(): Promise<ChildProcess> {
  const unit = await readFile(new URL('../../../systemd/hygeia-coap-dtls.service', import.meta.url), 'utf8')
  // A dollar is doubled for systemd.
  const [, script] = /^ExecStart=\/usr\/bin\/sh -c '(.*)'$/m.exec(unit.replaceAll('$$', '$')) ?? []
  if (script === undefined) throw new Error('the unit starts something else')
  const env = {
    ...process.env,
    ADDRESS: '127.0.0.1',
    PORT: String(port),
    DAEMON: `coap://127.0.0.1:${hospital.coap.port}`,
    CREDENTIALS_DIRECTORY: dir,
  }
  return spawn('/bin/sh', ['-c', script], { env, stdio: 'ignore' })
}

interface Credentials {
  readonly user?: string
  readonly key?: string
  /** Where the request is to go, as the client has it. */
  readonly target?: string
}

async function post(path: string, body: Uint8Array, { user, key, target }: Credentials = {}) {
  const file = join(dir, 'body')
  const out = join(dir, 'reply')
  await writeFile(file, body)
  await rm(out, { force: true })
  const { stderr } = await run(CLIENT, [
    ...['-m', 'post', '-B', '3', '-b', '1024', '-f', file, '-o', out],
    ...['-u', user ?? 'ward-3', '-k', key ?? 'key of ward three'],
    ...['-P', `coaps://127.0.0.1:${port + 1}`],
    target ?? `coap://hospital/${path}`,
  ])
  const reply = await readFile(out).catch(() => undefined)
  return { reply, stderr }
}

const answersTo = async (path: string, body: Uint8Array, credentials?: Credentials) => {
  const { reply, stderr } = await post(path, body, credentials)
  if (reply === undefined) throw new Error(`no reply: ${stderr}`)
  return decodeAnswers(reply)
}

await until(async () => (await post('question', device.ask())).reply !== undefined)

for (const [name, ciphertextBytes] of [
  ['600 bytes', 320],
  ['16 KB', 16_384],
] as const) {
  t.test(`a batch of ${name} goes through DTLS to the daemon`, async (t) => {
    const sealed = device.seal({ ciphertextBytes })
    t.same(await answersTo('batch', sealed.bytes), [], 'taken, receipt to follow')
    const receipt = await until(() => hospital.receipts.receiptOf(sealed.digest))
    t.equal(receipt.leaf.device, device.address)
  })
}

t.test('the receipts are asked for by the same way', async (t) => {
  const answers = await answersTo('question', device.ask(), { user: 'ward-4', key: 'key of ward four' })
  t.match(answers, [{ kind: 'receipts' }, { kind: 'receipts' }])
})

t.test('without the right key nothing comes through', async (t) => {
  const sealed = device.seal()
  for (const credentials of [
    { key: 'guessed' },
    { user: 'ward-4' },
    { user: 'ward-5' },
    { user: 'ward-5', key: 'hygeia' },
  ]) {
    const { reply } = await post('batch', sealed.bytes, credentials)
    t.equal(reply, undefined, JSON.stringify(credentials))
  }
  t.equal(await hospital.store.reader.find(sealed.digest), undefined)
})

t.test('wherever a client wants to be taken, it is taken to the daemon', async (t) => {
  const elsewhere = await bound(0)
  t.teardown(() => elsewhere.close())
  let datagrams = 0
  elsewhere.on('message', () => datagrams++)
  const sealed = device.seal()
  const target = `coap://127.0.0.1:${elsewhere.address().port}/batch`
  t.same(await answersTo('batch', sealed.bytes, { target }), [])
  t.equal(datagrams, 0)
  t.ok(await hospital.store.reader.find(sealed.digest))
})
