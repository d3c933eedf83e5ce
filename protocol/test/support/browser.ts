import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import type { Test } from 'tap'
import { wasmModules } from './wasm-modules.ts'

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

/**
 * Run a program in Chromium, under a policy that allows no eval.
 *
 * @param entry - file of the program, which has to be called `page.ts`
 * @returns what it leaves in `document.documentElement.dataset.result` as JSON
 * @throws {Error} with the page's complaints when it leaves nothing in 20 s
 */
export async function resultInBrowser(t: Test, entry: string): Promise<unknown> {
  const dir = t.testdir({
    profile: {},
    served: { 'index.html': '<!doctype html><script type="module" src="/page.js"></script>' },
  })
  const served = join(dir, 'served')
  await build({
    entryPoints: [entry],
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
  return JSON.parse((await result.getAttribute('data-result')) ?? 'null')
}
