import { execFileSync } from 'node:child_process'
import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { run } from './run.mjs'
import { filesOf } from './tree.mjs'

/** @throws {Error} when `text` is no version of a Debian package that these scripts can take */
export function checkVersion(text) {
  if (!/^[0-9][0-9A-Za-z.+~]*$/.test(text)) throw new Error(`not a version of a package: ${text}`)
}

/** Of the commit that is built, unless told: the same source gives the same bytes. Seconds since the Unix epoch. */
export function sourceDate(root) {
  const told = process.env.SOURCE_DATE_EPOCH
  if (told !== undefined && told !== '') return Number(told)
  const commit = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' })
  return Number(commit.trim())
}

/** Put `page`, with its version, where man finds it. */
export async function putManPage(page, stage, name, version) {
  const man = join(stage, 'usr/share/man/man8')
  await mkdir(man, { recursive: true })
  const text = (await readFile(page, 'utf8')).replaceAll('@VERSION@', version)
  await writeFile(join(man, `${name}.gz`), gzipSync(text, { level: 9 }))
}

/** Say what the package is. @param fields - besides its size and who made it @returns folder of what dpkg reads */
export async function putControl(stage, { Package, Version, Architecture, ...rest }) {
  const control = join(stage, 'DEBIAN')
  await mkdir(control)
  const files = (await filesOf(stage)).map((file) => join(stage, file))
  const sizes = await Promise.all(files.map(async (file) => (await lstat(file)).size))
  const fields = {
    Package,
    Version,
    Architecture,
    Maintainer: 'Hygeia <hygeia@localhost>',
    'Installed-Size': Math.ceil(sizes.reduce((sum, bytes) => sum + bytes, 0) / 1024),
    ...rest,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(control, 'control'), lines.join(''))
  return control
}

/** Make the package's file. @param at - seconds since the Unix epoch */
export async function packDeb(stage, file, at) {
  // One thread: what xz makes of more depends on how many there are.
  const env = { SOURCE_DATE_EPOCH: String(at), DPKG_DEB_THREADS_MAX: '1' }
  await run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', stage, file], { env })
}
