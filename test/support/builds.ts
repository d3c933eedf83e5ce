import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** By package, what builds it. */
const BUILDERS = {
  'hygeia-agent': fileURLToPath(new URL('../../packaging/build/deb.mjs', import.meta.url)),
  'hygeia-daemon': fileURLToPath(new URL('../../packaging/build/deb-daemon.mjs', import.meta.url)),
}
const ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** These take minutes and a Debian mirror: `make test-package`. */
export const NOT_ASKED = process.env.HYGEIA_PACKAGE === '1' ? undefined : 'make test-package asks for it'

/** Build the package for this machine. @returns the file */
export async function buildDeb(
  out: string,
  version: string,
  name: keyof typeof BUILDERS = 'hygeia-agent',
): Promise<string> {
  const args = [BUILDERS[name], '--arch', ARCH, '--version', version, '--out', out]
  // Its size is not what is tested; see dpkg-deb(1), "DPKG_DEB_COMPRESSOR_LEVEL".
  await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, DPKG_DEB_COMPRESSOR_LEVEL: '0' },
  })
  return join(out, `${name}_${version}_${ARCH}.deb`)
}
