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
  const { version, goPackage, goFlags, releases, binary } = ENGINES[name]
  const go = spawnSync('go', ['version'], { encoding: 'utf8' })
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
    const installed = spawnSync('go', ['install', ...goFlags, `${goPackage}@v${version}`], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // GOBIN is refused when cross-compiling, which nobody wants here; a workspace around the cache must not matter.
      env: { ...process.env, GOBIN: making, GOOS: '', GOARCH: '', GOWORK: 'off' },
    })
    if (installed.status !== 0) {
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
