import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { snapshotDapp } from '../../src/dapp/snapshot.ts'
import { Client } from './support/client.ts'
import { buildDapp } from './support/dapp.ts'
import { startHospital } from './support/hospital.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-dapp-'))
const SCRIPT = 'export const one = 1\n'.repeat(500)
await buildDapp(join(dir, 'built'), {
  'index.html': '<!doctype html><title>Hygeia</title>',
  'sw.js': 'self.addEventListener("fetch", () => {})',
  'manifest.webmanifest': '{"name":"Hygeia"}',
  'assets/app-1a2b.js': SCRIPT,
  'assets/umbral-3c4d.wasm': '\0asm',
})
const dapp = await snapshotDapp(join(dir, 'built'), join(dir, 'kept'))
if (dapp === undefined) throw new Error('nothing is built')
const hospital = await startHospital()
const served = await hospital.serve({}, { dapp })
const client = new Client({ port: served.port, ca: hospital.tls.ca })
t.teardown(async () => {
  client.close()
  await served.stop()
  await hospital.destroy()
  await rm(dir, { recursive: true, force: true })
})
const page = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

t.test(
  'pages come with a policy under which nothing of others is loaded, and no string becomes code',
  async (t) => {
    const { status, headers, bytes } = await client.ask('/', page)
    t.equal(status, 200)
    t.match(bytes.toString(), /<title>Hygeia/)
    const policy = String(headers['content-security-policy'])
    t.equal(
      policy,
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'self'; form-action 'none'; " +
        "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types hygeia",
    )
    t.match(headers, {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'permissions-policy': /camera=\(self\).*microphone=\(\)/,
      'strict-transport-security': /max-age=31536000/,
    })
  },
)

t.test('pages may ask the consortium’s other hospitals, and nobody else', async (t) => {
  const address = { hospital: hospital.hospital.receipt, caHash: hospital.tls.caHash, issued: 1 as UnixMs }
  const other = { ...address, api: 'https://other.example:8443/x', signature: new Uint8Array(64) }
  const addresses = { all: () => [...hospital.addresses.all(), other], put: async () => {} }
  const door = await hospital.serve({}, { dapp, addresses })
  const there = new Client({ port: door.port, ca: hospital.tls.ca })
  const { headers } = await there.ask('/', page)
  t.match(
    headers['content-security-policy'],
    "connect-src 'self' https://other.example:8443 https://other.example; worker-src",
  )
  there.close()
  await door.stop()
})

t.test('workers and the service worker have the same policy as pages', async (t) => {
  for (const path of ['/sw.js', '/assets/app-1a2b.js']) {
    t.match((await client.ask(path)).headers['content-security-policy'], /wasm-unsafe-eval/, path)
  }
})

t.test('what holds its hash in its name is kept for good, all else is asked about each time', async (t) => {
  for (const path of ['/assets/app-1a2b.js', '/assets/umbral-3c4d.wasm']) {
    t.equal((await client.ask(path)).headers['cache-control'], 'public, max-age=31536000, immutable', path)
  }
  for (const path of ['/', '/index.html', '/sw.js', '/manifest.webmanifest', '/dapp.json', '/patient']) {
    t.equal((await client.ask(path, page)).headers['cache-control'], 'no-cache', path)
  }
  const { headers } = await client.ask('/sw.js')
  const again = await client.ask('/sw.js', { headers: { 'if-none-match': String(headers.etag) } })
  t.equal(again.status, 304)
})

t.test('it goes over the wire compressed, as the browser likes it', async (t) => {
  const asked = (encoding: string) =>
    client.ask('/assets/app-1a2b.js', { headers: { 'accept-encoding': encoding } })
  const brotli = await asked('gzip, deflate, br')
  t.match(brotli.headers, {
    'content-encoding': 'br',
    vary: /accept-encoding/i,
    'content-type': /javascript/,
  })
  t.equal(brotliDecompressSync(brotli.bytes).toString(), SCRIPT)
  const gzip = await asked('gzip')
  t.equal(gzip.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(gzip.bytes).toString(), SCRIPT)
  const plain = await asked('identity')
  t.equal(plain.headers['content-encoding'], undefined)
  t.equal(plain.bytes.toString(), SCRIPT)
  t.equal((await client.ask('/assets/umbral-3c4d.wasm')).headers['content-type'], 'application/wasm')
})

t.test('a browser that opens a page of the app gets the app', async (t) => {
  for (const path of ['/patient', '/patient/sharing', '/physician/p/0xab12', '/operations/', '/?from=home']) {
    const { status, bytes } = await client.ask(path, page)
    t.equal(status, 200, path)
    t.match(bytes.toString(), /<title>Hygeia/, path)
  }
})

t.test('nothing else becomes a page: no API, no file that is not listed, no way up', async (t) => {
  const paths = [
    ...['/v1', '/v1/', '/v1/nothing', '/v1/sessions', '/healthz/x', '/readyz/x', '/metrics/x', '/openapi/x'],
    ...[
      '/assets',
      '/assets/',
      '/assets/gone-9f.js',
      '/favicon.ico',
      '/index.html.br',
      '/.env',
      '/../data/keys',
    ],
    ...['/%2e%2e/%2e%2e/etc/passwd', '//patient', '/patient//x', '/a/./b', '/assets/app-1a2b.js.br', '/a%00'],
  ]
  for (const path of paths) {
    const { status, headers, json } = await client.ask(path, page)
    t.match({ status, code: json.code }, { status: 404, code: 'NO_SUCH_ROUTE' }, path)
    t.match(headers['content-security-policy'], /^default-src 'none';/, path)
    t.notMatch(headers['content-security-policy'], /'self'/, path)
  }
  t.match(await client.ask('/patient'), { status: 404 }, 'nor for who wants no page')
  t.match(await client.ask('/patient', { ...page, method: 'POST' }), { status: 404 })
})

t.test('the API answers as without the app, and loads nothing', async (t) => {
  const { status, headers } = await client.ask('/healthz', page)
  t.equal(status, 200)
  t.equal(
    headers['content-security-policy'],
    "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  )
})

t.test('where no app is built, a plain page says how to', async (t) => {
  const { status, headers, bytes } = await hospital.client.ask('/', page)
  t.equal(status, 200)
  t.match(headers['content-type'], /^text\/html/)
  t.match(bytes.toString(), /make dapp/)
  t.match(headers['content-security-policy'], /^default-src 'none'/)
  t.match(await hospital.client.ask('/patient', page), { status: 404, json: { code: 'NO_SUCH_ROUTE' } })
})
