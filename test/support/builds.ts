import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const BUILDER = fileURLToPath(new URL('../../packaging/build/deb.mjs', import.meta.url))
const ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** These take minutes and a Debian mirror: `make test-package`. */
export const NOT_ASKED = process.env.HYGEIA_PACKAGE === '1' ? undefined : 'make test-package asks for it'

/** Build the package for this machine. @returns the file */
export async function buildDeb(out: string, version: string): Promise<string> {
  const args = [BUILDER, '--arch', ARCH, '--version', version, '--out', out]
  // Its size is not what is tested; see dpkg-deb(1), "DPKG_DEB_COMPRESSOR_LEVEL".
  await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, DPKG_DEB_COMPRESSOR_LEVEL: '0' },
  })
  return join(out, `hygeia-agent_${version}_${ARCH}.deb`)
}
