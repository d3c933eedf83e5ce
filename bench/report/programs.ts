import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Figure, type Finding, gain, meets } from './figure.ts'
import { tableOf } from './table.ts'

/** What the programs of one run share, and the signal that ends whichever runs. */
export interface Shared extends AsyncDisposable {
  signal: AbortSignal
}

/** By name, in the order in which they run, each with how long it may take. */
export type Programs<T extends Shared> = Readonly<
  Record<string, readonly [program: (shared: T) => Promise<Finding>, limitSec: number]>
>

export interface Run<T extends Shared> {
  /** Also of the file in `.build` that takes the figures. */
  readonly name: string
  readonly programs: Programs<T>
  readonly share: () => T
  /** What all of it was measured at. */
  readonly setting: string
}

/** Run the programs that the command line names, or all of them; print their figures, and leave them in `.build`. */
export async function run<T extends Shared>({ name, programs, share, setting }: Run<T>): Promise<void> {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((one) => programs[one] === undefined)
  if (unknown.length > 0) {
    console.error(`no program ${unknown.join(', ')}; there are ${Object.keys(programs).join(', ')}`)
    process.exit(2)
  }
  // Ends by itself, and so takes along what it started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

  const began = performance.now()
  const findings: Finding[] = []
  const failures: string[] = []
  {
    await using shared = share()
    for (const [one, [program, limitSec]] of Object.entries(programs)) {
      if (wanted.length > 0 && !wanted.includes(one)) continue
      console.log(`▸ ${one}`)
      try {
        findings.push(await within(limitSec, shared, program))
      } catch (cause) {
        failures.push(one)
        console.error(`  ✗ ${one}:`, cause)
      }
    }
  }
  const figures = findings.flatMap((finding) => finding.figures)
  const remarks = findings.flatMap((finding) => finding.remarks ?? [])
  await writeResults(name, figures, remarks)

  console.log(`\n${tableOf(figures)}\n`)
  for (const remark of remarks) console.log(`  ${remark}`)
  const [processor] = cpus()
  console.log(
    `\n  ${availableParallelism()} cores of ${processor?.model.trim() ?? 'an unnamed processor'}, Node ${process.version}; ` +
      `${setting}. Load ${loadavg()[0]?.toFixed(1)} at the end. Took ${((performance.now() - began) / 60_000).toFixed(1)} min; also in .build/${name}.json`,
  )
  if (failures.length > 0) {
    console.error(`  could not be measured: ${failures.join(', ')}`)
    process.exitCode = 1
  }
}

/** Run one program, for so long and no longer. */
async function within<T extends Shared>(
  limitSec: number,
  shared: T,
  program: (shared: T) => Promise<Finding>,
): Promise<Finding> {
  const signal = AbortSignal.timeout(limitSec * 1_000)
  shared.signal = signal
  const late = Promise.withResolvers<never>()
  const onAbort = () => late.reject(new Error(`took more than ${limitSec} s`))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([program(shared), late.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function writeResults(
  name: string,
  measured: readonly Figure[],
  said: readonly string[],
): Promise<void> {
  const lines = measured.map((figure) => ({
    ...figure,
    isMet: figure.aim === undefined ? undefined : meets(figure.measured, figure.aim),
    ratio: gain(figure),
  }))
  const folder = fileURLToPath(new URL('../../.build/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const results = { at: new Date().toISOString(), figures: lines, remarks: said }
  await writeFile(`${folder}${name}.json`, `${JSON.stringify(results, undefined, 2)}\n`)
}
