import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
    plugins: [saying(version), inEnglish()],
    // CommonJS packages ask for Node's modules by require.
    banner: {
      js: "import{createRequire as $hygeiaRequire}from'node:module';const require=$hygeiaRequire(import.meta.url);",
    },
  })
  await Promise.all(Object.keys(metafile.outputs).map((file) => inLatin1(join(root, file))))
  return metafile
}

/**
 * One character beyond Latin-1, and V8 holds the whole text of a file with two bytes a character, in each thread that
 * loads it. esbuild leaves such characters in regular expressions only, where an escape says the same.
 */
async function inLatin1(file) {
  const text = await readFile(file, 'utf8')
  const plain = text.replace(
    /[\u0100-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (plain !== text) await writeFile(file, plain)
}

/** Of the forty languages of zod's messages the one that the programs speak. */
function inEnglish() {
  return {
    name: 'english',
    setup({ onLoad }) {
      const contents = "export { default as en } from './en.js'"
      onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents, loader: 'js' }))
    },
  }
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
