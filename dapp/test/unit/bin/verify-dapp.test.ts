import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { hygeia } from '../../../bin/program.ts'
import { hashOver, manifestOf } from '../../../src/build/manifest.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-dapp-'))
const build = join(dir, 'build')
const contents: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>Hygeia</title>',
  'assets/app-4f2a.js': 'console.log(1)',
  'assets/app.css': 'body { margin: 0 }',
  'sw.js': 'self.skipWaiting()',
}
for (const [path, text] of Object.entries(contents)) {
  await mkdir(dirname(join(build, path)), { recursive: true })
  await writeFile(join(build, path), text)
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const listed = (of: Readonly<Record<string, string>>) =>
  Object.entries(of).map(([path, text]) => ({ path, sha256: sha256(text) }))

/** What is served, changed by each test. */
let served: Record<string, string> = {}
const server = createServer((request, response) => {
  const path = (request.url ?? '').slice(1)
  const text = Object.hasOwn(served, path) ? served[path] : undefined
  response.writeHead(text === undefined ? 404 : 200).end(text)
})
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
t.teardown(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

/** Serve these files with a list of them that is true. */
function serve(files: Readonly<Record<string, string>>): string {
  const manifest = manifestOf(listed(files))
  served = { ...files, '': files['index.html'] ?? '', 'dapp.json': JSON.stringify(manifest) }
  return manifest.hash
}

async function verify(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  let out = ''
  let err = ''
  stdout.on('data', (text) => {
    out += text
  })
  stderr.on('data', (text) => {
    err += text
  })
  const derivation = { name: 'argon2id', memoryKib: 64, passes: 1, lanes: 1 } as const
  const host = { stdin: Readable.from([]), stdout, stderr, configHome: dir, derivation, exitCode: 0 }
  const code = await hygeia(['verify-dapp', url, '--json', ...args], host)
  return { code, err, ...(out === '' ? {} : JSON.parse(out)) }
}
const here = ['--build', build]

t.test('the hash over a build is what sha256sum says of what sha256sum says', async (t) => {
  await writeFile(join(build, 'dapp.json'), '{}')
  const command =
    "find . -type f ! -name dapp.json | sed 's|^./||' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-64"
  t.equal(
    hashOver(listed(contents)),
    execFileSync('sh', ['-c', command], { cwd: build, encoding: 'utf8' }).trim(),
  )
})

t.test('pages that are the build are the same, by its files and by its hash', async (t) => {
  const hash = serve(contents)
  t.match(await verify(...here), { code: 0, isSame: true, differences: [], hash, expected: hash })
  t.match(await verify('--hash', hash.toUpperCase()), { code: 0, isSame: true })
  t.match(await verify('--hash', '0'.repeat(64)), { code: 2, isSame: false, hash })
})

t.test('every file that differs is named', async (t) => {
  const { 'sw.js': _gone, ...rest } = contents
  const changed = { ...rest, 'assets/app-4f2a.js': 'steal()', 'assets/extra.js': 'more()' }
  const hash = serve(changed)
  const found = await verify(...here)
  t.match(found, { code: 2, isSame: false, hash, expected: hashOver(listed(contents)) })
  t.same(found.differences, [
    { path: 'assets/app-4f2a.js', deviation: 'differs' },
    { path: 'assets/extra.js', deviation: 'added' },
    { path: 'sw.js', deviation: 'missing' },
  ])
})

t.test('a list that is true of other bytes than are served helps nobody', async (t) => {
  const hash = serve(contents)
  served['sw.js'] = 'self.skipWaitinG()'
  const found = await verify('--hash', hash)
  t.match(found, { code: 2, differences: [{ path: 'sw.js', deviation: 'not as its list says' }] })
  t.not(found.hash, hash, 'what counts is what was served')
  served['sw.js'] = `${contents['sw.js']}; steal()`
  t.match(await verify('--hash', hash), { code: 2, differences: { length: 1 } }, 'also when it only goes on')
  Reflect.deleteProperty(served, 'sw.js')
  t.match(await verify('--hash', hash), {
    code: 2,
    differences: [{ path: 'sw.js', deviation: 'not served' }],
  })
})

t.test('the page that a browser gets first is looked at too', async (t) => {
  const hash = serve(contents)
  served[''] = '<script>steal()</script>'
  t.match(await verify('--hash', hash), {
    code: 2,
    differences: [{ path: '/', deviation: 'not as its list says' }],
  })
})

t.test('a list that leads elsewhere, or is none, is refused', async (t) => {
  for (const path of [
    '../secret',
    '/etc/passwd',
    'a//b',
    'https://other.example/x',
    'a/../../b',
    '',
    '.hidden/..',
  ]) {
    served = { 'dapp.json': JSON.stringify(manifestOf([{ path, sha256: '0'.repeat(64) }])) }
    t.match(await verify('--hash', '0'.repeat(64)), { code: 1, err: /no list of files/ }, path)
  }
  served = { 'dapp.json': '<!doctype html>' }
  t.match(await verify('--hash', '0'.repeat(64)), { code: 1, err: /no list of files/ })
  served = {}
  t.match(await verify('--hash', '0'.repeat(64)), { code: 1, err: /dapp.json is not there/ })
})

t.test('what it is told is checked before anything is asked', async (t) => {
  t.match(await verify('--hash', 'abc'), { code: 1, err: /64 hex digits/ })
  t.match(await verify('--build', join(dir, 'nowhere')), { code: 1, err: /no build in/ })
  t.match(await verify(...here, '--hash', '0'.repeat(64)), { code: 1, err: /either/ })
  t.equal(await readFile(join(build, 'index.html'), 'utf8'), contents['index.html'], 'and nothing is written')
})
