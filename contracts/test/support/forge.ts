import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const FORGE = fileURLToPath(import.meta.resolve('@foundry-rs/forge/bin.mjs'))
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
/** Fuzzing reports its counterexamples in full. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

export interface ForgeTest {
  /** Such as `test/unit/Anchor.t.sol`. */
  readonly file: string
  /** The function's name as the sentence that it is. */
  readonly claim: string
  readonly passed: boolean
  readonly reason: unknown
  readonly counterexample: unknown
}

/** Lines, functions and branches of one source file: hit and found. */
export type FileCoverage = Readonly<Record<'lines' | 'functions' | 'branches', readonly [number, number]>>

/** Run every forge test. @throws {Error} with what forge said, when the tests do not compile or run */
export async function forgeTests(): Promise<readonly ForgeTest[]> {
  const output = await forge(['test', '--json'])
  const suites = parseSuites(output)
  return Object.entries(suites).flatMap(([suite, { test_results }]) =>
    Object.entries(test_results).map(([name, result]) => ({
      file: suite.slice(0, suite.lastIndexOf(':')),
      claim: toSentence(name),
      passed: result.status === 'Success',
      reason: result.reason,
      counterexample: result.counterexample,
    })),
  )
}

/**
 * Coverage by the unit tests, of each file under `src/`.
 *
 * @param reportFile - where forge may write its lcov report
 *
 * @see geninfo(1), "TRACEFILE FORMAT"
 */
export async function forgeCoverage(reportFile: string): Promise<Map<string, FileCoverage>> {
  const fewRuns = { FOUNDRY_FUZZ_RUNS: '16' }
  const onlyUnits = ['--no-match-path', 'test/invariant/*']
  await forge(['coverage', ...onlyUnits, '--report', 'lcov', '--report-file', reportFile], fewRuns)
  const byFile = new Map<string, FileCoverage>()
  for (const record of readFileSync(reportFile, 'utf8').split('end_of_record')) {
    const file = /^SF:(src\/.+)$/m.exec(record)?.[1]
    if (file === undefined) continue
    const total = (key: string) => Number(new RegExp(`^${key}:(\\d+)$`, 'm').exec(record)?.[1] ?? Number.NaN)
    byFile.set(file, {
      lines: [total('LH'), total('LF')],
      functions: [total('FNH'), total('FNF')],
      branches: [total('BRH'), total('BRF')],
    })
  }
  return byFile
}

interface Suites {
  readonly [suite: string]: {
    readonly test_results: Readonly<
      Record<
        string,
        {
          readonly status: string
          readonly reason: unknown
          readonly counterexample: unknown
        }
      >
    >
  }
}

function parseSuites(output: string): Suites {
  try {
    return JSON.parse(output) as Suites
  } catch (cause) {
    throw new Error(`forge did not report tests: ${output}`, { cause })
  }
}

/** `testFuzz_an_anchor_is_of_1_to_8192_leaves(uint32)` → `an anchor is of 1 to 8192 leaves`. */
function toSentence(name: string): string {
  return name
    .replace(/\(.*$/, '')
    .replace(/^[^_]+_/, '')
    .replaceAll('_', ' ')
}

/** The package's launcher always exits with 0, so what forge wrote is all there is to go by. */
function forge(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  // The stand-in for solc is started as `node`, and must get this one.
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`
  const options = { cwd: PACKAGE, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, ...env, PATH: path } }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [FORGE, ...args], options, (cause, stdout, stderr) => {
      if (cause !== null || stdout === '') reject(new Error(`forge failed: ${stderr}`, { cause }))
      else resolve(stdout)
    })
  })
}
