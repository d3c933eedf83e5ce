import { appendFile, cp, glob, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildManifest, digestOf, filesIn, MANIFEST, manifestOf } from '@hygeia/dapp/build/manifest'
import t from 'tap'
import { builtDapp } from '../support/built-dapp.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { HYGEIA } from '../support/hygeia.ts'
import { steadyPorts } from '../support/ports.ts'
import { outcomeOf } from '../support/process.ts'
import { testFolder } from '../support/scene.ts'

t.setTimeout(360_000)

const dir = await testFolder(t)
const built = await builtDapp()
const { hash, ...manifest } = JSON.parse(await readFile(join(built, MANIFEST), 'utf8')) as BuildManifest
const worker = filesIn(manifest).find(({ path }) => /^assets\/worker-/.test(path))?.path ?? ''
const served = join(dir, 'served')
await cp(built, served, { recursive: true })
const hospital = await HospitalProcess.init({
  dir: join(dir, 'hospital'),
  periodSec: 1,
  logLevel: 'warn',
  dapp: served,
  ports: await steadyPorts(),
})
t.teardown(() => hospital.kill())

async function verify(...args: readonly string[]) {
  const ca = ['--ca', join(hospital.dir, 'keys/ca.pem')]
  const { code, stdout, stderr } = await outcomeOf(HYGEIA, [
    'verify-dapp',
    hospital.endpoints.api,
    '--json',
    ...ca,
    ...args,
  ])
  if (stdout === '') throw new Error(stderr)
  return { code, ...(JSON.parse(stdout) as { readonly differences: readonly unknown[] }) }
}

t.test('what a hospital serves is what was built', async (t) => {
  await hospital.start()
  t.match(await verify('--build', built), { code: 0, isSame: true, hash, differences: [] })
  t.match(await verify('--hash', hash), { code: 0, isSame: true })
})

t.test('a file that somebody altered where it is served from is named', async (t) => {
  for await (const name of glob(`${worker}{,.br,.gz}`, { cwd: join(hospital.dir, 'data/dapp', hash) })) {
    const file = join(hospital.dir, 'data/dapp', hash, name)
    if (name === worker) await appendFile(file, '\npostMessage(1)\n')
    else await rm(file)
  }
  const { code, differences } = await verify('--hash', hash)
  t.equal(code, 2)
  t.same(differences, [{ path: worker, deviation: 'not as its list says' }])
})

t.test('a hospital that builds something else lists it truly, and is found out', async (t) => {
  await hospital.stop()
  const altered = `${await readFile(join(served, worker), 'utf8')}\npostMessage(1)\n`
  await writeFile(join(served, worker), altered)
  const others = filesIn(manifest).filter(({ path }) => path !== worker)
  const sha256 = digestOf(new TextEncoder().encode(altered))
  await writeFile(join(served, MANIFEST), JSON.stringify(manifestOf([...others, { path: worker, sha256 }])))
  await hospital.start()
  const { code, differences } = await verify('--build', built)
  t.equal(code, 2)
  t.same(differences, [{ path: worker, deviation: 'differs' }])
})
