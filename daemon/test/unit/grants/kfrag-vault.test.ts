import { randomBytes } from 'node:crypto'
import { copyFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import t from 'tap'
import { KfragVault } from '../../../src/grants/kfrag-vault.ts'
import { scratch } from '../support/scratch.ts'

const hash = () => toHex(randomBytes(32)) as string as Hex32
const frags = (count: number) => Array.from({ length: count }, () => Uint8Array.from(randomBytes(310)))

async function open(dir: string, storageKey = Buffer.alloc(32, 7)) {
  const vault = new KfragVault({ dir }, { storageKey })
  await vault.open()
  return vault
}

t.test('fragments come back as they were, for nobody but their owner to read', async (t) => {
  const dir = await scratch(t)
  const [grant, kfrags] = [hash(), frags(65)]
  await (await open(dir)).put(grant, kfrags)
  t.same(await (await open(dir)).get(grant), kfrags)
  t.equal((await stat(join(dir, grant))).mode & 0o777, 0o600)
  t.equal(await (await open(dir)).get(hash()), undefined)
})

t.test('neither another key nor another grant’s name opens them', async (t) => {
  const dir = await scratch(t)
  const [grant, other] = [hash(), hash()]
  const vault = await open(dir)
  await vault.put(grant, frags(2))
  await copyFile(join(dir, grant), join(dir, other))
  await t.rejects(vault.get(other))
  await t.rejects((await open(dir, Buffer.alloc(32, 8))).get(grant))
})

t.test('removing is for good, and again is no error', async (t) => {
  const dir = await scratch(t)
  const [grant, kept] = [hash(), hash()]
  const vault = await open(dir)
  await vault.put(grant, frags(1))
  await vault.put(kept, frags(1))
  await vault.remove(grant)
  await vault.remove(grant)
  t.equal(await vault.get(grant), undefined)
  t.same(await vault.grants(), [kept])
  t.same(await readdir(dir), [kept])
})

t.test('what a crash left half written or half removed is gone at the next start', async (t) => {
  const dir = await scratch(t)
  const grant = hash()
  await (await open(dir)).put(grant, frags(1))
  await rename(join(dir, grant), join(dir, `${grant}.gone`))
  await writeFile(join(dir, `${hash()}.abcdef.tmp`), 'half')
  const vault = await open(dir)
  t.same(await readdir(dir), [])
  t.equal(await vault.get(grant), undefined)
})
