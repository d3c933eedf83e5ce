import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Bench, type Program } from './context.ts'
import { blockInterval, blockIntervalUnderLoad } from './figures/block-interval.ts'
import { bytes } from './figures/bytes.ts'
import { memory } from './figures/memory.ts'
import { openDay } from './figures/open-day.ts'
import { reencryption } from './figures/reencryption.ts'
import { registrations } from './figures/registrations.ts'
import { sendUnderLoad, sendUnloaded } from './figures/send-data.ts'
import { signals } from './figures/signals.ts'
import { start } from './figures/start.ts'
import { sustainedCoap, sustainedMqtt } from './figures/sustained.ts'
import { wear } from './figures/wear.ts'
import { type Figure, type Finding, gain, meets } from './report/figure.ts'
import { GAS_LIMIT, PERIOD_SEC } from './report/published.ts'
import { tableOf } from './report/table.ts'

/** In this order, because they share one hospital: from nothing in it to a full journal. Limits in seconds. */
const PROGRAMS: Readonly<Record<string, readonly [Program, limitSec: number]>> = {
  bytes: [bytes, 30],
  signals: [signals, 60],
  wear: [wear, 120],
  registrations: [registrations, 180],
  'send-unloaded': [sendUnloaded, 180],
  'block-interval': [blockInterval, 120],
  memory: [memory, 300],
  'sustained-mqtt': [sustainedMqtt, 360],
  'sustained-coap': [sustainedCoap, 300],
  'send-under-load': [sendUnderLoad, 180],
  'open-day': [openDay, 180],
  reencryption: [reencryption, 180],
  'blocks-under-load': [blockIntervalUnderLoad, 30],
  start: [start, 300],
}

const RESULTS = fileURLToPath(new URL('../.build/bench.json', import.meta.url))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => PROGRAMS[name] === undefined)
if (unknown.length > 0) {
  console.error(`no program ${unknown.join(', ')}; there are ${Object.keys(PROGRAMS).join(', ')}`)
  process.exit(2)
}

// Ends by itself, and so takes along what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

const began = performance.now()
const findings: Finding[] = []
const failures: string[] = []
{
  await using bench = new Bench()
  for (const [name, [program, limitSec]] of Object.entries(PROGRAMS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(`▸ ${name}`)
    try {
      findings.push(await within(limitSec, bench, program))
    } catch (cause) {
      failures.push(name)
      console.error(`  ✗ ${name}:`, cause)
    }
  }
}
const figures = findings.flatMap((finding) => finding.figures)
const remarks = findings.flatMap((finding) => finding.remarks ?? [])
await writeResults(figures, remarks)

console.log(`\n${tableOf(figures)}\n`)
for (const remark of remarks) console.log(`  ${remark}`)
const [processor] = cpus()
console.log(
  `\n  ${availableParallelism()} cores of ${processor?.model.trim() ?? 'an unnamed processor'}, Node ${process.version}; ` +
    `block ${PERIOD_SEC} s, gas limit ${GAS_LIMIT.toLocaleString('en')}, as published. ` +
    `Took ${((performance.now() - began) / 60_000).toFixed(1)} min; also in .build/bench.json`,
)
if (failures.length > 0) {
  console.error(`  could not be measured: ${failures.join(', ')}`)
  process.exitCode = 1
}

/** Run one program, for so long and no longer. */
async function within(limitSec: number, bench: Bench, program: Program): Promise<Finding> {
  const signal = AbortSignal.timeout(limitSec * 1_000)
  bench.signal = signal
  const late = Promise.withResolvers<never>()
  const onAbort = () => late.reject(new Error(`took more than ${limitSec} s`))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([program(bench), late.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function writeResults(measured: readonly Figure[], said: readonly string[]): Promise<void> {
  const lines = measured.map((figure) => ({
    ...figure,
    isMet: figure.aim === undefined ? undefined : meets(figure.measured, figure.aim),
    ratio: gain(figure),
  }))
  await mkdir(fileURLToPath(new URL('../.build/', import.meta.url)), { recursive: true })
  const results = { at: new Date().toISOString(), figures: lines, remarks: said }
  await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`)
}
