import { fileURLToPath } from 'node:url'
import { build, type InlineConfig } from 'vite'
import { wasmModules } from './wasm-modules.ts'

const ROOT = fileURLToPath(new URL('../web', import.meta.url))
/** Browsers that have top-level await, module workers and WebAssembly by streaming. */
const TARGET = 'es2022'
/** Those that choose between light and dark by themselves: what is lowered for others follows no scheme but the page's. */
const CSS_TARGET = ['chrome123', 'firefox120', 'safari17.5']

const common = (outDir: string): InlineConfig => ({
  root: ROOT,
  configFile: false,
  envDir: false,
  logLevel: 'warn',
  // Wherever it is served from.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir,
    target: TARGET,
    cssTarget: CSS_TARGET,
    // A policy of 'self' takes no data: URLs for scripts, styles and WebAssembly.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
})

/** Pages, worker, styles and WebAssembly. */
export async function bundlePages(outDir: string): Promise<void> {
  const { build: options, ...rest } = common(outDir)
  await build({
    ...rest,
    plugins: [wasmModules()],
    worker: { format: 'es', plugins: () => [wasmModules()] },
    build: { ...options, emptyOutDir: true },
  })
}

/** @param version - of all other files, so that a change of any of them is a change of the service worker */
export async function bundleServiceWorker(outDir: string, version: string): Promise<void> {
  const { build: options, ...rest } = common(outDir)
  await build({
    ...rest,
    publicDir: false,
    define: { VERSION: JSON.stringify(version) },
    build: {
      ...options,
      emptyOutDir: false,
      // A classic script: module service workers are not everywhere.
      rolldownOptions: {
        input: fileURLToPath(new URL('../web/service/service-worker.ts', import.meta.url)),
        output: { entryFileNames: 'service-worker.js', format: 'iife' },
      },
    },
  })
}
