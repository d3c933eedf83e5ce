import { once } from 'node:events'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { Client } from './support/client.ts'
import { startHospital } from './support/hospital.ts'
import { Patient } from './support/people.ts'
import { answerOf, openSocket } from './support/socket.ts'

const hospital = await startHospital({
  api: { requestTimeoutMs: 900, headersTimeoutMs: 400, limits: { relays: 1_000_000, perAddress: 1_000_000 } },
})
t.teardown(() => hospital.destroy())
const { client } = hospital
const at = { port: hospital.api.port, ca: hospital.tls.ca }
const head = 'POST /v1/relay HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'

/** What a client that sends just this, and then nothing, is told before it is cut off. */
async function told(...pieces: readonly (string | Buffer)[]) {
  const socket = await openSocket(at)
  const answer = answerOf(socket)
  for (const piece of pieces) socket.write(piece)
  return await answer
}

t.test('what is no request is told so, and cut off', async (t) => {
  const bodyless = `${head}content-length: 0\r\n`
  const cases = [
    ['random bytes', 400, 'BAD_REQUEST', ['\x16\x03\x01\x02garbage\r\n\r\n']],
    ['a version that is none', 400, 'BAD_REQUEST', ['GET / HTTP/9.9\r\n\r\n']],
    ['two lengths', 400, 'BAD_REQUEST', [`${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`]],
    [
      'a length and chunks',
      400,
      'BAD_REQUEST',
      [`${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`],
    ],
    ['a length that is none', 400, 'BAD_REQUEST', [`${head}content-length: -1\r\n\r\n`]],
    ['a header that is none', 400, 'BAD_REQUEST', [`${bodyless}\x00: y\r\n\r\n`]],
    ['a header of 20 kB', 431, 'HEADERS_TOO_LARGE', [`${bodyless}x: ${'y'.repeat(20_000)}\r\n\r\n`]],
    [
      'a thousand headers',
      431,
      'HEADERS_TOO_LARGE',
      [`${bodyless}${'x: yyyyyyyyyyyy\r\n'.repeat(1_000)}\r\n`],
    ],
    [
      'a body of a terabyte, announced',
      413,
      'BODY_TOO_LARGE',
      [`${head}content-length: 1099511627776\r\n\r\n{`],
    ],
    ['headers that never end', 408, 'REQUEST_TIMEOUT', ['GET /v1/realm HTTP/1.1\r\nhost: x\r\n']],
    ['a body that never ends', 408, 'REQUEST_TIMEOUT', [`${head}content-length: 100\r\n\r\n`, '{']],
    [
      'chunks that never end',
      408,
      'REQUEST_TIMEOUT',
      [`${head}transfer-encoding: chunked\r\n\r\n`, '1\r\n{\r\n'],
    ],
  ] as const
  await Promise.all(
    cases.map(async ([name, status, code, pieces]) => {
      t.same(await told(...pieces), { status, code }, name)
    }),
  )
  t.match(
    await told(`${head}transfer-encoding: chunked\r\n\r\n`, 'zz\r\n'),
    { status: 400 },
    'a chunk that is none',
  )
  t.match(
    await told(`${head}transfer-encoding: chunked\r\n\r\n5000\r\n${'x'.repeat(0x5000)}\r\n`),
    { status: 413 },
    'chunks beyond the limit',
  )
  t.match(await client.ask('/healthz'), { status: 200 }, 'and others are served')
})

t.test('who speaks no TLS, or leaves in the middle, harms nobody', async (t) => {
  const plain = connect(at.port, '127.0.0.1')
  plain.on('error', () => {})
  plain.write('GET / HTTP/1.1\r\n\r\n')
  await once(plain, 'close')
  const leaving = await openSocket(at)
  leaving.write(`${head}content-length: 100\r\n\r\n{"kind"`)
  leaving.destroy()
  t.match(await client.ask('/healthz'), { status: 200 })
})

t.test('each address and each account has its share', async (t) => {
  const patient = new Patient(hospital)
  await patient.relay(patient.registration())
  const limits = { perAddress: 8, nonces: 3, pairings: 2 }
  const door = await hospital.serve({ limits })
  const limited = new Client({ port: door.port, ca: at.ca })
  const statuses = async (path: string, count: number, asked = {}) => {
    const all: number[] = []
    for (let index = 0; index < count; index++) all.push((await limited.ask(path, asked)).status)
    return all
  }
  t.same(await statuses('/v1/device-nonce', 4), [200, 200, 200, 429], 'nonces')
  const refused = await limited.ask('/v1/device-nonce')
  t.match(refused, { json: { code: 'RATE_LIMITED' }, headers: { 'retry-after': /^\d+$/ } })
  const token = await patient.signIn()
  const open = { json: { mailbox: `0x${'12'.repeat(16)}`, expires: Date.now() + 60_000 }, token }
  t.same(await statuses('/v1/pairings', 3, open), [201, 201, 429], 'an account')
  t.same(await statuses('/v1/realm', 6), [200, 200, 200, 200, 200, 429], 'everything else together')
  t.same(await statuses('/v1/grants', 1, { token: 'guessed' }), [429], 'before anyone looks at a token')
  t.match((await client.ask('/healthz')).status, 200, 'another door has its own')
  limited.close()
  await door.stop()
})

t.test('a part that does not work makes the hospital not ready, and says which', async (t) => {
  const checks = {
    chain: () => undefined,
    disk: async () => {
      throw new Error('a path that nobody needs to know')
    },
    ipfs: () => 'no peers',
  }
  const door = await hospital.serve({}, { checks })
  const other = new Client({ port: door.port, ca: at.ca })
  const answer = await other.ask('/readyz')
  t.match(answer, { status: 503, json: { code: 'NOT_READY', checks: { disk: 'failed', ipfs: 'no peers' } } })
  t.notMatch(answer.bytes.toString(), /nobody needs to know/)
  other.close()
  await door.stop()
})

t.test('a session is a cookie that scripts do not see, and ends when told to', async (t) => {
  const origin = `https://127.0.0.1:${at.port}`
  const patient = new Patient(hospital)
  await patient.relay(patient.registration())
  const message = await patient.signInMessage()
  const { headers } = await client.ask('/v1/session', {
    json: { message, signature: patient.signMessage(message) },
    headers: { origin },
  })
  const [cookie = ''] = headers['set-cookie'] ?? []
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) t.match(cookie, attribute)
  const asked = { headers: { origin, cookie: cookie.split(';')[0] ?? '' } }
  t.match(await client.ask('/v1/devices', asked), { status: 200, json: [] })
  t.match(await client.ask('/v1/session', { method: 'DELETE', ...asked }), { status: 204 })
  t.match(await client.ask('/v1/devices', asked), { status: 401 })
})

t.test('metrics count what was refused, and name nobody', async (t) => {
  const patient = new Patient(hospital)
  await client.ask(`/v1/physicians/${patient.address}/key`)
  const text = (await client.ask('/metrics')).bytes.toString()
  t.match(text, /hygeia_http_problems_total\{code="NOT_FOUND"\} \d+/)
  t.match(text, /route="\/v1\/physicians\/:address\/key"/)
  t.notMatch(text, /0x[0-9a-f]{40}|bafy/)
})

t.test('memory stays flat under bad input', { timeout: 300_000 }, async (t) => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const bad = [
    { json: { kind: 'x'.repeat(10_000) } },
    { raw: '{"kind":', headers: { 'content-type': 'application/json' } },
    { json: { kind: 'revoke', message: {}, signature: '0x' } },
    { json: new Patient({ ...hospital, realm: { ...hospital.realm, chainId: 1 } }).registration() },
  ]
  const round = async (count: number) => {
    for (let index = 0; index < count; index += 20) {
      await Promise.all(
        Array.from({ length: 20 }, (_, one) => client.ask('/v1/relay', bad[(index + one) % bad.length])),
      )
    }
    gc()
    return process.memoryUsage().heapUsed
  }
  const before = await round(400)
  const after = await round(process.env.HYGEIA_SOAK === '1' ? 30_000 : 1_600)
  t.ok(after < before * 1.1, `${before} → ${after} bytes`)
})
