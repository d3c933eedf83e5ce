import { spawn, spawnSync } from 'node:child_process'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../../../src/init/certificates.ts'

/** An authority for tests, by the makers of Boulder; built once from its Go module. */
const MODULE = 'github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1'
const { HYGEIA_CACHE, XDG_CACHE_HOME = join(homedir(), '.cache'), PATH = '' } = process.env
const CACHE = join(HYGEIA_CACHE ?? join(XDG_CACHE_HOME, 'hygeia'), 'pebble-2.10.1')
const BUILD_MS = 600_000

/** Where it is, from PATH or the cache, or built into that; or why it is nowhere. */
export async function findPebble(): Promise<{ readonly path: string } | { readonly reason: string }> {
  for (const path of [...PATH.split(':').map((folder) => join(folder, 'pebble')), join(CACHE, 'pebble')]) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return { path }
  }
  if (spawnSync('go', ['version']).status !== 0)
    return { reason: 'neither pebble nor Go, which would build it' }
  await mkdir(CACHE, { recursive: true })
  const env = { ...process.env, GOBIN: CACHE, GOFLAGS: '-mod=mod' }
  const { status } = spawnSync('go', ['install', MODULE], { env, timeout: BUILD_MS })
  return status === 0
    ? { path: join(CACHE, 'pebble') }
    : { reason: 'pebble could not be built from its Go module' }
}

export interface Pebble {
  readonly directory: string
  /** PEM of the CA of its own server. */
  readonly ca: string
  stop(): void
}

/** Run it in `dir`, asking for challenges at `httpPort`. */
export async function runPebble(
  path: string,
  dir: string,
  ports: { readonly listen: number; readonly management: number; readonly http: number },
): Promise<Pebble> {
  await mkdir(dir, { recursive: true })
  await makeCertificates(dir, ['localhost', '127.0.0.1'])
  const { listen, management, http } = ports
  const config = {
    pebble: {
      listenAddress: `127.0.0.1:${listen}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: join(dir, 'tls.pem'),
      privateKey: join(dir, 'tls-key.pem'),
      httpPort: http,
      tlsPort: 1,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
    },
  }
  await writeFile(join(dir, 'pebble.json'), JSON.stringify(config))
  // No pauses of its own, and no nonces refused for practice.
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' }
  const child = spawn(path, ['-config', join(dir, 'pebble.json')], { env, stdio: 'ignore' })
  return {
    directory: `https://127.0.0.1:${listen}/dir`,
    ca: join(dir, 'ca.pem'),
    stop: () => child.kill('SIGKILL'),
  }
}
