import { cp, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'

/** At the top of a package: what no program reads while it runs. Further down, such a name may be a part of it. */
const USELESS_FOLDERS = new Set([
  'test',
  'tests',
  '__tests__',
  'doc',
  'docs',
  'integration-test',
  'benchmark',
  'coverage',
  '.github',
])
/** Headers, and what builds the addons. */
const USELESS_PACKAGES = new Set(['nan', 'node-gyp'])
const USELESS_FILES = /(\.(map|d\.[cm]?ts|md|markdown|gyp|cc|tsbuildinfo)|^\.npmignore)$/i
const LICENCE = /^(licen[cs]e|copying|notice)/i

/**
 * The packages that `names` need to run, found as Node finds them: where each lies in this checkout.
 *
 * @param names - packages, as somebody in `from` would import them
 * @param cpu - leaves out what is built for another, in npm's words
 * @returns folder in the checkout, relative to `root`, in a fixed order
 * @throws {Error} when a needed package is not installed; optional ones may be missing
 */
export async function closureOf(root, from, names, { cpu }) {
  const found = new Set()
  const visit = async (name, parent, isOptional) => {
    const folder = await folderOf(root, parent, name)
    if (folder === undefined) {
      if (isOptional) return
      throw new Error(`${name} is not installed, and ${relative(root, parent) || 'the package'} needs it`)
    }
    if (found.has(folder)) return
    const { dependencies = {}, optionalDependencies = {}, cpu: cpus } = await manifestOf(folder)
    if (USELESS_PACKAGES.has(name) || (cpus !== undefined && !cpus.includes(cpu))) return
    found.add(folder)
    for (const one of Object.keys({ ...dependencies, ...optionalDependencies })) {
      await visit(one, folder, one in optionalDependencies)
    }
  }
  for (const name of names) await visit(name, from, false)
  return [...found].map((folder) => relative(root, folder)).sort()
}

/** Copy packages with what they need to run, and their licences. @param to - folder that gets `node_modules` */
export async function copyPackages(root, folders, to) {
  const targets = new Map()
  for (const folder of folders) {
    const target = join(to, targetOf(folder))
    const before = targets.get(target)
    if (before !== undefined) throw new Error(`${before} and ${folder} would both be ${target}`)
    targets.set(target, folder)
    await mkdir(dirname(target), { recursive: true })
    await cp(join(root, folder), target, {
      recursive: true,
      dereference: true,
      filter: (path) => isUseful(relative(join(root, folder), path), path),
    })
  }
}

/** A workspace's own packages lie at the top of the copy. */
function targetOf(folder) {
  const at = folder.split(sep).indexOf('node_modules')
  return at === -1 ? join('node_modules', folder) : folder.split(sep).slice(at).join(sep)
}

async function isUseful(within, path) {
  if (within === '') return true
  const name = basename(path)
  if (name === 'node_modules') return false
  if (LICENCE.test(name)) return true
  if (!(await stat(path)).isDirectory()) return !USELESS_FILES.test(name)
  return within !== name || !USELESS_FOLDERS.has(name)
}

async function folderOf(root, parent, name) {
  for (let at = parent; at.startsWith(root); at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (
      await stat(join(folder, 'package.json')).then(
        () => true,
        () => false,
      )
    )
      return await realpath(folder)
  }
  return undefined
}

async function manifestOf(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}
