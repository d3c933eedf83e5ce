import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toolsFor } from './architecture.mjs'
import { run } from './run.mjs'

/** Packages with a native half, and what those are compiled with. */
const ADDONS = ['i2c-bus', 'epoll']
const TO_COMPILE = [...ADDONS, 'nan']

/**
 * Node for `arch`, as `tools/node/package-lock.json` pins it by its hash; kept for the next time.
 *
 * @returns folder with `bin/node` and `include`
 */
export async function fetchNode(root, cache, { npm }) {
  const lock = createHash('sha256')
    .update(await readFile(join(root, 'tools/node/package-lock.json')))
    .digest('hex')
  const folder = join(cache, `node-${npm}-${lock.slice(0, 12)}`)
  const home = join(folder, `node_modules/node-linux-${npm}`)
  if (existsSync(join(folder, 'done'))) return home
  await mkdir(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) {
    await copyFile(join(root, 'tools/node', name), join(folder, name))
  }
  await run('npm', [
    'ci',
    '--prefix',
    folder,
    `--cpu=${npm}`,
    '--os=linux',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ])
  await writeFile(join(folder, 'done'), '')
  return home
}

/** Put Node's program at `to`, without what only a debugger reads. */
export async function installNode(nodeHome, arch, to) {
  await copyFile(join(nodeHome, 'bin/node'), to)
  await run(toolsFor(arch).strip, ['--strip-unneeded', to])
}

/**
 * Compile the native halves for `arch` and put them into the copy of their packages.
 *
 * @param nodeHome - Node of that architecture, whose headers count
 * @param work - folder to compile in
 * @param modules - `node_modules` that already has the packages
 */
export async function installAddons({ root, nodeHome, arch, work, modules }) {
  const { cc, cxx, strip } = toolsFor(arch)
  await rm(work, { recursive: true, force: true })
  for (const name of TO_COMPILE) {
    const isSource = (path) => basename(path) !== 'build'
    await cp(join(root, 'node_modules', name), join(work, 'node_modules', name), {
      recursive: true,
      filter: isSource,
    })
  }
  // Where it was compiled must not be in what was compiled.
  const flags = `-O2 -ffile-prefix-map=${work}=. -ffile-prefix-map=${nodeHome}=node`
  for (const name of ADDONS) {
    const folder = join(work, 'node_modules', name)
    await run(
      process.execPath,
      [
        join(root, 'node_modules/node-gyp/bin/node-gyp.js'),
        'rebuild',
        `--arch=${arch.npm}`,
        `--nodedir=${nodeHome}`,
      ],
      {
        cwd: folder,
        env: { CC: cc, CXX: cxx, LINK: cxx, CFLAGS: flags, CXXFLAGS: flags, LDFLAGS: '-Wl,--build-id=none' },
      },
    )
    // What npm compiled in the checkout is for the checkout.
    for (const one of ['build', 'src', 'example'])
      await rm(join(modules, name, one), { recursive: true, force: true })
    for await (const path of glob(join(folder, 'build/Release/*.node'))) {
      const target = join(modules, name, 'build/Release', basename(path))
      await mkdir(dirname(target), { recursive: true })
      await copyFile(path, target)
      await run(strip, ['--strip-unneeded', target])
    }
  }
}
