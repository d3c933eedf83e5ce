import { readFile } from 'node:fs/promises'
import type { Plugin } from 'vite'

/**
 * WebAssembly imported as a module (as `pkg-bundler` of umbral-pre does): emitted beside the bundle and fetched from
 * there, so that it compiles under a Content-Security-Policy with 'wasm-unsafe-eval' alone.
 *
 * @see https://github.com/WebAssembly/esm-integration
 */
export function wasmModules(): Plugin {
  return {
    name: 'wasm-modules',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith('.wasm')) return undefined
      const module = new WebAssembly.Module(await readFile(id))
      const imported = [...new Set(WebAssembly.Module.imports(module).map((item) => item.module))]
      const exported = WebAssembly.Module.exports(module).map(({ name }) => name)
      const imports = imported.map((name, index) => `${JSON.stringify(name)}: import${index}`).join(', ')
      return {
        code: [
          `import url from ${JSON.stringify(`${id}?url`)}`,
          ...imported.map((name, index) => `import * as import${index} from ${JSON.stringify(name)}`),
          `const { instance } = await WebAssembly.instantiateStreaming(fetch(url), { ${imports} })`,
          `export const { ${exported.join(', ')} } = instance.exports`,
        ].join('\n'),
        map: null,
        moduleType: 'js',
      }
    },
  }
}
