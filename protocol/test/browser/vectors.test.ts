import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import t from 'tap'
import { wasmModules } from '../support/wasm-modules.ts'
import { allChecks } from '../vector-checks/all.ts'

const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' }
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

t.test('a browser makes and reads the same vectors, under a policy that allows no eval', async (t) => {
  const dir = t.testdir({
    profile: {},
    served: { 'index.html': '<!doctype html><script type="module" src="/page.js"></script>' },
  })
  const served = join(dir, 'served')
  await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    outdir: served,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    assetNames: '[name]',
    plugins: [wasmModules],
    logLevel: 'error',
  })

  const server = createServer(async ({ url = '/' }, response) => {
    const name = url === '/' ? 'index.html' : url.slice(1)
    const body = await readFile(join(served, name)).catch(() => undefined)
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo

  const context = await chromium.launchPersistentContext(join(dir, 'profile'), {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
  })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(`http://127.0.0.1:${port}/`)
  const result = page.locator('html[data-result]')
  await result.waitFor({ state: 'attached', timeout: 20_000 }).catch((cause: unknown) => {
    throw new Error(`no result: ${complaints.join('; ')}`, { cause })
  })
  const { checks, faults } = JSON.parse((await result.getAttribute('data-result')) ?? '{}')
  t.same(checks, Object.keys(allChecks), 'every vector was checked')
  t.same(faults, {}, 'and every one held')
})
