import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.mjs'

/**
 * What a package is made of, as npm knows it from the lock file, cut down to what is really in it: CycloneDX 1.5.
 *
 * @param workspace - `agent` or `daemon`
 * @param packages - folders of the packages in it, relative to `root`
 * @param at - seconds since the Unix epoch: the same source gives the same bytes
 * @returns JSON
 */
export async function sbomOf({ root, workspace, name, version, nodeHome, packages, at }) {
  // A development tool here is newer than an optional peer of i18next would like; what runs is not concerned.
  const told = await run(
    'npm',
    [
      'sbom',
      '--sbom-format=cyclonedx',
      '--sbom-type=application',
      `--workspace=${workspace}`,
      '--package-lock-only',
      '--omit=dev',
      '--legacy-peer-deps',
    ],
    { cwd: root },
  )
  const { components: known, bomFormat, specVersion } = JSON.parse(told)
  const byName = new Map(known.map((component) => [`${nameOf(component)}@${component.version}`, component]))
  const manifests = await Promise.all(packages.map((folder) => manifestOf(root, folder)))
  const components = new Map()
  for (const manifest of manifests) {
    const key = `${manifest.name}@${manifest.version}`
    components.set(key, byName.get(key) ?? componentOf(manifest))
  }
  const listed = [...components.values(), await nodeComponent(nodeHome)].sort((a, b) =>
    a['bom-ref'] < b['bom-ref'] ? -1 : 1,
  )
  const own = `${name}@${version}`
  const metadata = {
    timestamp: new Date(at * 1_000).toISOString(),
    component: {
      'bom-ref': own,
      type: 'application',
      name,
      version,
      licenses: [{ license: { id: 'GPL-3.0-only' } }],
    },
  }
  const refs = new Set(listed.map((component) => component['bom-ref']))
  const dependencies = [{ ref: own, dependsOn: [...refs] }]
  const content = { bomFormat, specVersion, metadata, components: listed, dependencies }
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`
  return `${JSON.stringify({ ...content, serialNumber, version: 1 }, undefined, 2)}\n`
}

const nameOf = ({ group, name }) => (group === undefined ? name : `${group}/${name}`)

async function manifestOf(root, folder) {
  return JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'))
}

/** Of a package that npm leaves out because only another platform, or a development tool, asks for it. */
function componentOf({ name, version, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [{ license: { name: String(license.type ?? license) } }] }),
  }
}

async function nodeComponent(nodeHome) {
  const { version } = JSON.parse(await readFile(join(nodeHome, 'package.json'), 'utf8'))
  return {
    'bom-ref': `node@${version}`,
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
  }
}

/** A UUID that says what it names. @see RFC 9562 §5.8 */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex[16], 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
