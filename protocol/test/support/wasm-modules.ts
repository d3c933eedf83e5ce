import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * WebAssembly imported as a module (as `pkg-bundler` of umbral-pre does): emitted beside the bundle and fetched from
 * there, so that it compiles under a Content-Security-Policy with 'wasm-unsafe-eval' alone.
 *
 * @see https://github.com/WebAssembly/esm-integration
 */
export const wasmModules: Plugin = {
  name: 'wasm-modules',
  setup(build) {
    build.onLoad({ filter: /\.wasm$/, namespace: 'file' }, async ({ path }) => {
      const module = new WebAssembly.Module(await readFile(path))
      const imported = [...new Set(WebAssembly.Module.imports(module).map((item) => item.module))]
      const exported = WebAssembly.Module.exports(module).map(({ name }) => name)
      const contents = [
        `import url from ${JSON.stringify(`wasm-file:${basename(path)}`)}`,
        ...imported.map((name, index) => `import * as import${index} from ${JSON.stringify(name)}`),
        `const imports = { ${imported.map((name, index) => `${JSON.stringify(name)}: import${index}`).join(', ')} }`,
        'const { instance } = await WebAssembly.instantiateStreaming(fetch(new URL(url, import.meta.url)), imports)',
        `export const { ${exported.join(', ')} } = instance.exports`,
      ].join('\n')
      return { contents, resolveDir: path.slice(0, -basename(path).length), loader: 'js' }
    })
    build.onResolve({ filter: /^wasm-file:/ }, ({ path, resolveDir }) => ({
      path: `${resolveDir}/${path.slice('wasm-file:'.length)}`,
      namespace: 'wasm-file',
    }))
    build.onLoad({ filter: /.*/, namespace: 'wasm-file' }, async ({ path }) => ({
      contents: await readFile(path),
      loader: 'file',
    }))
  },
}
