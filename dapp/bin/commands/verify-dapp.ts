import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type Comparison, compareBuild, type Expected, type Read } from '../../src/build/compare.ts'
import { BuildManifest, MANIFEST } from '../../src/build/manifest.ts'
import { HospitalError } from '../../src/hospital/errors.ts'
import type { Fetch } from '../../src/hospital/transport.ts'
import { within } from '../../src/hospital/within.ts'
import { usage } from '../host/errors.ts'
import { filesOfBuild } from '../host/local-build.ts'
import { findCa, pinnedFetch } from '../host/pinned-fetch.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

interface VerifyDappOptions {
  readonly build?: string
  readonly hash?: string
  readonly ca?: string
}

const OWN_BUILD = fileURLToPath(new URL('../../../.build/dapp', import.meta.url))
const MANIFEST_LIMIT_BYTES = 1_048_576
const FILE_LIMIT_MS = 60_000

export function addVerifyDappCommand(program: Command, run: Run): void {
  program
    .command('verify-dapp')
    .argument('<url>', 'where the hospital serves the web pages')
    .option('--build <folder>', 'a build made here to compare with; that of this checkout unless told')
    .option('--hash <sha256>', 'a published hash to compare with instead')
    .description('check that the web pages a hospital serves are those that were published; needs no key')
    .addHelpText(
      'after',
      `
Every file is fetched and compared, and each that differs is named. Exit status is 0 when all are the same, 2 when not.
It tells what is served to this computer now: a hospital could serve others other pages, or these at another time.

Examples:
  $ hygeia verify-dapp https://hospital.example
  $ hygeia verify-dapp https://hospital.example:8443 --ca ca.pem --hash 3a7b…
`,
    )
    .action(run(verifyDapp))
}

async function verifyDapp(session: CommandSession, options: VerifyDappOptions, url: string): Promise<void> {
  const { terminal } = session
  if (options.build !== undefined && options.hash !== undefined) throw usage('either --build or --hash')
  const base = baseOf(url)
  const [expected, fetching] = await Promise.all([expectedOf(options), fetchOf(options, base)])
  const read = readerOf(fetching, base)
  const compared = await terminal.during('fetching', async () => {
    const bytes = await read(MANIFEST, MANIFEST_LIMIT_BYTES)
    if (bytes === undefined)
      throw usage(`${base}/${MANIFEST} is not there: no web pages of Hygeia are served here`)
    return compareBuild(manifestIn(bytes, base), expected, read)
  })
  if (!compared.isSame) terminal.endWith(2)
  terminal.result({ url: base, ...compared }, linesOf(base, compared))
}

function linesOf(base: string, { hash, expected, differences, isSame }: Comparison): readonly string[] {
  return [
    base,
    ...differences.map(({ path, deviation }) => `  ✗ ${path}: ${deviation}`),
    `  served    ${hash}`,
    `  expected  ${expected}`,
    isSame ? 'SAME' : 'NOT THE SAME: do not sign in there, and tell the hospital',
  ]
}

function baseOf(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw usage(`“${url}” is no address: https://…`)
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.replace(/\/+$/, '')
}

async function expectedOf({ build, hash }: VerifyDappOptions): Promise<Expected> {
  if (hash === undefined) return { files: await filesOfBuild(build ?? OWN_BUILD) }
  if (/^[0-9a-f]{64}$/.test(hash.toLowerCase())) return { hash: hash.toLowerCase() }
  throw usage('--hash is a SHA-256: 64 hex digits')
}

/** The web's own authorities, as a browser has them, or the one that is named. */
async function fetchOf({ ca }: VerifyDappOptions, base: string): Promise<Fetch> {
  if (ca === undefined) return (target, init) => fetch(target, { ...init, redirect: 'error' })
  return pinnedFetch(await findCa(ca, new URL(base).origin))
}

function readerOf(fetching: Fetch, base: string): Read {
  return (path, limitBytes) =>
    within(FILE_LIMIT_MS, base, async (signal) => {
      // Only who asks for a page is given the one without a name.
      const headers = { accept: path === '' ? 'text/html' : '*/*' }
      const response = await fetching(`${base}/${path}`, { method: 'GET', headers, signal }).catch(
        (cause: unknown) => {
          throw new HospitalError(
            `cannot reach ${base}: check the address`,
            { code: 'UNREACHABLE', base },
            { cause },
          )
        },
      )
      if (!response.ok || response.body === null) return undefined
      return bytesOf(response.body, limitBytes)
    })
}

/** Never more than the limit: what is longer is not the file that was listed, and its beginning tells so. */
async function bytesOf(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    parts.push(part)
    length += part.length
    if (length >= limitBytes) break
  }
  return Buffer.concat(parts).subarray(0, limitBytes)
}

function manifestIn(bytes: Uint8Array, base: string): BuildManifest {
  try {
    return BuildManifest.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new HospitalError(
      `${base}/${MANIFEST} is no list of files: hygeia of another version, or no Hygeia at all`,
      { code: 'BAD_ANSWER', path: `/${MANIFEST}` },
      { cause },
    )
  }
}
