import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { MANIFEST } from '../src/build/manifest.ts'
import { bundlePages, bundleServiceWorker } from './bundle.ts'
import { firstLoad } from './first-load.ts'
import { listingOf } from './listing.ts'

/** Bytes of the first load, gzipped: markup, styles, scripts and WebAssembly before anybody has done anything. */
const BUDGET_BYTES = 300_000

const outDir = resolve(process.argv[2] ?? fileURLToPath(new URL('../../.build/dapp', import.meta.url)))
await bundlePages(outDir)
await bundleServiceWorker(outDir, (await listingOf(outDir)).hash)
const listing = await listingOf(outDir)
await writeFile(join(outDir, MANIFEST), `${JSON.stringify(listing, undefined, 2)}\n`)

const paths = Object.keys(listing.files)
const first = await firstLoad(outDir, paths)
let firstBytes = 0
for (const path of paths) {
  const bytes = await readFile(join(outDir, path))
  const packed = gzipSync(bytes, { level: 9 }).length
  if (first.has(path)) firstBytes += packed
  const mark = first.has(path) ? '*' : ' '
  console.log(`${String(bytes.length).padStart(9)} ${String(packed).padStart(8)} gz ${mark} ${path}`)
}
console.log(`\n  first load (*) ${firstBytes} bytes gzipped, at most ${BUDGET_BYTES}`)
console.log(`  ${outDir}: ${listing.hash}`)
if (firstBytes > BUDGET_BYTES) process.exitCode = 1
