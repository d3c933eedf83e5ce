import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { hashOver } from '../../../src/dapp/manifest.ts'
import { snapshotDapp } from '../../../src/dapp/snapshot.ts'
import { buildDapp } from '../../api/support/dapp.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-dapp-'))
t.teardown(() => rm(dir, { recursive: true, force: true }))
const [folder, keepIn] = [join(dir, 'built'), join(dir, 'kept')]
const SCRIPT = 'export const one = 1\n'.repeat(500)
const FILES = { 'index.html': '<!doctype html><title>Hygeia</title>', 'assets/app-1a2b.js': SCRIPT }

t.test('nothing is served where nothing is built', async (t) => {
  t.equal(await snapshotDapp(join(dir, 'nowhere'), keepIn), undefined)
})

t.test('the copy holds every listed file, the large ones compressed as well', async (t) => {
  await buildDapp(folder, FILES)
  await writeFile(join(folder, 'secret.txt'), 'not in the list')
  const snapshot = await snapshotDapp(folder, keepIn)
  t.same([...(snapshot?.files ?? [])].sort(), ['assets/app-1a2b.js', 'dapp.json', 'index.html'])
  const root = snapshot?.root ?? ''
  t.same((await readdir(root)).sort(), ['assets', 'dapp.json', 'index.html'])
  t.equal(brotliDecompressSync(await readFile(join(root, 'assets/app-1a2b.js.br'))).toString(), SCRIPT)
  t.equal(gunzipSync(await readFile(join(root, 'assets/app-1a2b.js.gz'))).toString(), SCRIPT)
})

t.test('a new build takes the place of the one before; what is served changes only then', async (t) => {
  const before = await snapshotDapp(folder, keepIn)
  await buildDapp(folder, { ...FILES, 'index.html': '<!doctype html><title>Next</title>' })
  t.match(await readFile(join(before?.root ?? '', 'index.html'), 'utf8'), /Hygeia/)
  const after = await snapshotDapp(folder, keepIn)
  t.not(after?.root, before?.root)
  t.not(after?.hash, before?.hash)
  t.equal((await readdir(keepIn)).length, 1)
})

t.test('what is not as it was built is refused by name', async (t) => {
  await buildDapp(folder, { ...FILES, 'sw.js': 'self' })
  await writeFile(join(folder, 'sw.js'), 'evil')
  await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_ALTERED', detail: { path: 'sw.js' } })
  await rm(join(folder, 'sw.js'))
  await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_ALTERED' }, 'missing')
})

t.test('a list of names that lead elsewhere is none', async (t) => {
  const put = async (files: Record<string, string>, hash = hashOver(files)) => {
    const manifest = { kind: 'hygeia-dapp', version: 1, hash, files }
    await writeFile(join(folder, 'dapp.json'), JSON.stringify(manifest))
  }
  const sha256 = '0'.repeat(64)
  for (const path of [
    '../key.pem',
    '/etc/passwd',
    'a/../../b',
    '.env',
    'a//b',
    'a/.git/config',
    'a\\b',
    '',
  ]) {
    await put({ [path]: sha256 })
    await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_MANIFEST' }, JSON.stringify(path))
  }
  await put({ 'index.html': sha256 }, sha256)
  await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_MANIFEST' }, 'another hash')
  await put({})
  await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_MANIFEST' }, 'no files')
  await writeFile(join(folder, 'dapp.json'), '{"hash"')
  await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_MANIFEST' }, 'no JSON')
  await writeFile(join(folder, 'dapp.json'), 'x'.repeat(300_000))
  await t.rejects(snapshotDapp(folder, keepIn), { code: 'DAPP_TOO_LARGE' })
})

// Made with coreutils: printf a > a.js; printf b > b.js; sha256sum a.js b.js | sha256sum
t.test('the hash over all is that of what sha256sum prints', async (t) => {
  const files = {
    'b.js': '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d',
    'a.js': 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  }
  t.equal(hashOver(files), 'beb2c4f9852b87a296b36318a63dce51cfea1efc2ff931d614624c055cd007b3')
})
