import { readFile } from 'node:fs/promises'
import { build } from 'esbuild'

/** What stays a package of its own: native halves, and WebAssembly that is found beside the file that loads it. */
export const UNBUNDLED = ['i2c-bus', 'onoff', '@nucypher/umbral-pre']

/**
 * One file for each program, what they share in files beside them, so that a start reads a dozen files instead of a
 * thousand.
 *
 * @param entries - file name without ending → TypeScript file, below `root`
 * @param version - what the programs say that they are
 */
export async function bundle({ root, entries, outdir, external, version }) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    chunkNames: '[hash]',
    external,
    // Names in a trace are worth more than the bytes.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [saying(version)],
    // CommonJS packages ask for Node's modules by require.
    banner: {
      js: "import{createRequire as $hygeiaRequire}from'node:module';const require=$hygeiaRequire(import.meta.url);",
    },
  })
  return metafile
}

/** Folders of the packages that went into a bundle, as they lie in the checkout. */
export function bundledPackages(metafile) {
  const folders = Object.keys(metafile.inputs).flatMap((path) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []
    return folder === undefined ? [] : [folder]
  })
  return [...new Set(folders)].sort()
}

/** The manifests of this project's own packages, with the version that is built. */
function saying(version) {
  return {
    name: 'version',
    setup({ onLoad }) {
      onLoad({ filter: /\/(agent|daemon)\/package\.json$/ }, async ({ path }) => {
        const manifest = JSON.parse(await readFile(path, 'utf8'))
        return { contents: JSON.stringify({ ...manifest, version }), loader: 'json' }
      })
    },
  }
}
