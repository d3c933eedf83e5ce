import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SCRIPT = fileURLToPath(new URL('../../packaging/agent/versions.sh', import.meta.url))
const skip = spawnSync('dpkg-query', ['--version']).status !== 0 && 'no dpkg'

/** Versions of a program that says which it is. */
class Trees {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  at(name: string): string {
    return join(this.folder, name)
  }

  async add(version: string): Promise<void> {
    const node = `#!/bin/sh\necho ${version}\n`
    await mkdir(this.at(version))
    await writeFile(this.at(`${version}/node`), node, { mode: 0o755 })
    const sum = createHash('sha256').update(node).digest('hex')
    await writeFile(this.at(`${version}/SHA256SUMS`), `${sum}  node\n`)
  }

  /** @returns exit code */
  call(...words: string[]): number | null {
    return spawnSync('sh', sourced(words), { env: this.#env }).status
  }

  /** @returns exit code */
  async callBeside(...words: string[]): Promise<number | null> {
    const [code] = await once(spawn('sh', sourced(words), { env: this.#env }), 'exit')
    return code
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, HYGEIA_TREES: this.folder }
  }

  /** What is started now; undefined when nothing can be. */
  running(): string | undefined {
    const { stdout } = spawnSync(this.at('current/node'), { encoding: 'utf8' })
    return stdout?.trim()
  }

  used(): Promise<string> {
    return readlink(this.at('current'))
  }
}

const sourced = (words: readonly string[]) => ['-euc', '. "$0"; "$@"', SCRIPT, ...words]

async function make(t: Tap, ...versions: string[]): Promise<Trees> {
  const folder = await mkdtemp(join(tmpdir(), 'hygeia-versions-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const trees = new Trees(folder)
  for (const version of versions) await trees.add(version)
  return trees
}
type Tap = { teardown(work: () => unknown): unknown }

t.test('what runs is kept from whatever becomes of its package’s files', { skip }, async (t) => {
  const trees = await make(t, '1.0')
  t.equal(trees.call('keep'), 0, 'a first installation has nothing to keep')
  t.equal(trees.call('use', '1.0'), 0)
  t.equal(trees.call('keep'), 0)
  await rm(trees.at('1.0'), { recursive: true })
  t.equal(trees.running(), '1.0')
  t.equal(trees.call('keep'), 0, 'an upgrade that is begun again keeps what it kept')
  await trees.add('2.0')
  t.equal(trees.call('use', '2.0'), 0)
  t.equal(trees.running(), '2.0')
  t.ok(existsSync(trees.at('previous')), 'until it is known to be good')
  t.equal(trees.call('good'), 0)
  t.notOk(existsSync(trees.at('previous')))
})

t.test(
  'repair at boot and a package that is configured do not get into each other’s way',
  { skip },
  async (t) => {
    const trees = await make(t, '1.0', '2.0')
    const codes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        index % 3 === 0
          ? trees.callBeside('alone', 'repair')
          : trees.callBeside('alone', 'use', `${1 + (index % 2)}.0`),
      ),
    )
    t.same(new Set(codes), new Set([0]))
    t.match(trees.running(), /^[12]\.0$/)
  },
)

t.test('a version that is not whole is not used', { skip }, async (t) => {
  const trees = await make(t, '1.0', '2.0')
  trees.call('use', '1.0')
  await appendFile(trees.at('2.0/node'), 'torn')
  t.equal(trees.call('use', '2.0'), 1)
  t.equal(trees.running(), '1.0')
})

t.test(
  'repair finds a whole version where a link leads nowhere, or to a damaged one',
  { skip },
  async (t) => {
    const trees = await make(t, '1.0', '2.0')
    await symlink('3.0', trees.at('current'))
    t.equal(trees.call('repair'), 0)
    t.match(trees.running(), /^[12]\.0$/)
    trees.call('use', '2.0')
    await appendFile(trees.at('2.0/node'), 'torn')
    t.equal(trees.call('repair'), 0)
    t.equal(trees.running(), '1.0')
    await appendFile(trees.at('1.0/node'), 'torn')
    t.equal(trees.call('repair'), 1, 'with none left it says so')
  },
)

t.test('a new version that never works makes room for the one before', { skip }, async (t) => {
  const trees = await make(t, '1.0')
  trees.call('use', '1.0')
  trees.call('keep')
  await trees.add('2.0')
  trees.call('use', '2.0')
  for (let start = 1; start <= 5; start++) {
    t.equal(trees.call('starting'), 0)
    t.equal(trees.running(), '2.0', `start ${start}`)
  }
  trees.call('starting')
  t.equal(trees.running(), '1.0')
  trees.call('good')
  t.equal(trees.running(), '1.0', 'and stays')
  trees.call('use', '2.0')
  trees.call('starting')
  t.equal(await trees.used(), '2.0', 'installing it again counts anew')
})
