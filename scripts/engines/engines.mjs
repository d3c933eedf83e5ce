// engines.mjs [NAME…]: has geth and Kubo at hand, from PATH or built from their Go modules into a cache outside of the checkout.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ENGINES, engineDir, findEngine } from '../../daemon/src/engines/engines.ts'

class Advice extends Error {}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(ENGINES)
try {
  for (const name of names) {
    if (!(name in ENGINES)) throw new Advice(`${name} is no engine: ${Object.keys(ENGINES).join(' or ')}`)
    const found = await findEngine(name, process.env).catch(() => undefined)
    console.log(`${name.padEnd(5)} ${found ?? (await build(name))}`)
  }
} catch (cause) {
  if (!(cause instanceof Advice)) throw cause
  console.error(cause.message)
  process.exitCode = 1
}

async function build(name) {
  const { version, goModule, goPackage, goFlags, releases, binary } = ENGINES[name]
  const go = run('go', ['version'])
  if (go.status !== 0) {
    throw new Advice(
      `${name} ${version} is not here, and Go, which would build it, is neither. Install Go, or put the official release` +
        ` in PATH after checking it: ${releases}`,
    )
  }
  console.log(`Building ${name} ${version} with ${go.stdout.trim().split(' ')[2]} (a few minutes, once)`)
  const target = engineDir(name, process.env)
  await mkdir(dirname(target), { recursive: true })
  const making = await mkdtemp(`${target}.`)
  try {
    // "go install" refuses modules that exclude others, as Kubo does; from within the module's folder it is built all the same,
    // by the sums that the module brings.
    const source = moduleFolder(`${goModule}@v${version}`)
    const args = ['build', '-buildvcs=false', ...goFlags, '-o', join(making, binary), goPackage]
    const built = source && run('go', args, { cwd: source, stdio: ['ignore', 'inherit', 'inherit'] })
    if (built?.status !== 0) {
      throw new Advice(
        `${name} ${version} could not be built. Too old a Go stops here when GOTOOLCHAIN=local forbids it to fetch the one that` +
          ` the module asks for. The official release does as well, in PATH: ${releases}`,
      )
    }
    await rm(target, { recursive: true, force: true })
    await rename(making, target)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return join(target, binary)
}

/** Where Go keeps the module's source; undefined when it cannot be fetched. */
function moduleFolder(module) {
  const { status, stdout, stderr } = run('go', ['mod', 'download', '-json', module])
  if (status !== 0) console.error(stderr || stdout)
  return status === 0 ? JSON.parse(stdout).Dir : undefined
}

function run(command, args, options = {}) {
  // A workspace around the checkout must not matter, nor a target that was set for something else.
  const env = { ...process.env, GOWORK: 'off', GOOS: '', GOARCH: '' }
  return spawnSync(command, args, { encoding: 'utf8', env, ...options })
}
