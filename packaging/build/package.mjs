// What both packages have in common: arguments, a folder to build in, documents, and the archive in the end.
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ARCHITECTURES } from './architecture.mjs'
import { copyrightOf } from './copyright.mjs'
import { checkVersion, packDeb, sourceDate } from './debian.mjs'
import { fetchNode } from './native.mjs'
import { sbomOf } from './sbom.mjs'
import { settle } from './tree.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const BUILD = join(ROOT, '.build')
const MIB = 1_048_576

/**
 * Build a package of one workspace, for each architecture that the command line names, and print where each is.
 *
 * @param workspace - `agent`, `daemon`
 * @param limitMib - a larger package is an error
 * @param fill - puts everything into the stage; returns the npm packages that are in it
 */
export async function buildPackages({ workspace, limitMib, fill }) {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true, default: ['arm64', 'amd64'] },
      version: { type: 'string' },
      out: { type: 'string', default: BUILD },
    },
  })
  const manifest = JSON.parse(await readFile(join(ROOT, workspace, 'package.json'), 'utf8'))
  const version = values.version ?? manifest.version
  checkVersion(version)
  const out = resolve(values.out)
  await mkdir(BUILD, { recursive: true })
  await mkdir(out, { recursive: true })
  for (const name of values.arch) {
    const arch = ARCHITECTURES[name]
    if (arch === undefined)
      throw new Error(`no architecture ${name}; there are ${Object.keys(ARCHITECTURES)}`)
    const about = { workspace, version, arch, summary: manifest.description.toLowerCase() }
    const file = await buildPackage(about, out, fill)
    const mib = (await stat(file)).size / MIB
    console.log(`${file}  ${mib.toFixed(1)} MiB`)
    if (mib > limitMib) throw new Error(`larger than ${limitMib} MiB`)
  }
}

async function buildPackage({ workspace, version, arch, summary }, out, fill) {
  const name = `hygeia-${workspace}`
  const at = sourceDate(ROOT)
  // Of its own, so that two builds may run at once.
  const scratch = await mkdtemp(join(BUILD, `deb-${workspace}-`))
  const stage = join(scratch, 'root')
  const nodeHome = await fetchNode(ROOT, BUILD, arch)
  const { packages, putScripts } = await fill({ stage, scratch, nodeHome, arch, version, summary })
  const doc = join(stage, 'usr/share/doc', name)
  await mkdir(doc, { recursive: true })
  await writeFile(join(doc, 'copyright'), await copyrightOf(ROOT, nodeHome, packages))
  const sbom = await sbomOf({ root: ROOT, workspace, name, version, nodeHome, packages, at })
  await writeFile(join(doc, 'sbom.cdx.json'), sbom)
  await settle(stage, at)
  await putScripts()
  await settle(stage, at)
  const file = join(out, `${name}_${version}_${arch.debian}.deb`)
  await packDeb(stage, file, at)
  await copyFile(join(doc, 'sbom.cdx.json'), `${file}.cdx.json`)
  await rm(scratch, { recursive: true, force: true })
  return file
}
