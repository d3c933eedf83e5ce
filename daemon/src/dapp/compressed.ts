import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** What becomes smaller by it; images and fonts are compressed in themselves. */
const COMPRESSIBLE = /\.(?:html|js|css|json|webmanifest|svg|wasm|txt|map|xml)$/
/** Below that an answer is mostly its headers. */
const LEAST_BYTES = 400

/**
 * `bytes` as `br` and `gz`, as small as they become: this is done once for each build.
 *
 * @returns file endings and contents; none where nothing is won
 * @see RFC 7932, RFC 1952
 */
export async function compressed(
  path: string,
  bytes: Buffer,
): Promise<readonly (readonly [string, Buffer])[]> {
  if (bytes.length < LEAST_BYTES || !COMPRESSIBLE.test(path)) return []
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  const made = [
    ['.br', await brotli(bytes, { params })],
    ['.gz', await zip(bytes, { level: constants.Z_BEST_COMPRESSION })],
  ] as const
  return made.filter(([, small]) => small.length < bytes.length)
}
