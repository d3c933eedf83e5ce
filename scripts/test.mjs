// test.mjs [FILE OR FOLDER…]: runs the tests, all of them unless told. The last line is "N passed, N failed".
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob, readFile, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Reporter from './tap-reporter.mjs'

/** What every line, branch and function of is covered, and the tests that do so. */
const FULLY_COVERED = ['protocol/src/']
const COVERING = 'protocol/test/unit/**/*.test.ts'
/** For clocks and for other programs, half of their time. In this order. */
const WAITING = [
  // They end well, and leave the modules compiled for programs that are killed.
  '{agent,daemon}/test/{agent,api,chain,editor,link}/**/*.test.ts',
  // The longest: started last, they would wait alone.
  'test/e2e/{day,fail-over,trouble}.test.ts',
  'test/e2e/ops/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  // A short form of what make test-browser does.
  'test/browser/patient.test.ts',
]
/** They run beside those that wait, and fill what they leave of the processors. */
const COMPUTING = [
  '{agent,contracts,daemon,dapp,dapp/web,protocol,runtime}/test/**/*.test.ts',
  'test/package/**/*.test.ts',
]
const SUMMARY = '.tap/report/coverage-summary.json'
/** Programs are started hundreds of times: their modules are compiled once. */
const COMPILED = fileURLToPath(new URL('../.build/compile-cache', import.meta.url))

const chosen = process.argv.slice(2)
const files = []
for (const path of chosen) {
  const isFolder = await stat(path).then((it) => it.isDirectory())
  files.push(...(isFolder ? await filesOf(`${path}/**/*.test.ts`) : [path]))
}

await run('tap', ['build'])
const counts = [0, 0, 0]
/** Said once more at the end, where whoever looks for the cause looks first. */
const failures = []
let isWell = true
if (chosen.length > 0) await each(files)
else {
  const covering = await filesOf(COVERING)
  const reports = ['--coverage-report=text', '--coverage-report=json-summary']
  await tests('tap', ['run', '--reporter=./scripts/tap-reporter.mjs', ...reports, ...covering])
  for (const hole of await uncovered()) {
    failures.push(`✗ not fully covered: ${hole}`)
    counts[1]++
    isWell = false
  }
  process.env.TAP_JOBS ??= String(2 * availableParallelism())
  // Coverage would take a compiled module apart again.
  process.env.NODE_COMPILE_CACHE ??= COMPILED
  const waiting = await filesOfAll(WAITING)
  const computing = (await filesOfAll(COMPUTING)).difference(waiting).difference(new Set(covering))
  await each([...waiting, '--', ...computing])
}
for (const failure of failures) console.log(failure)
const [passed = 0, failed = 0, skipped = 0] = counts
const none = passed + failed === 0
console.log(`${passed} passed, ${none ? 1 : failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = isWell && failed === 0 && !none ? 0 : 1

async function filesOf(pattern) {
  return (await Array.fromAsync(glob(pattern))).sort()
}

async function filesOfAll(patterns) {
  return new Set((await Promise.all(patterns.map(filesOf))).flat())
}

/** Run files without coverage. */
async function each(files) {
  await tests(process.execPath, ['scripts/each-file.mjs', ...files], new Reporter())
}

async function tests(command, args, reporter = new PassThrough()) {
  let isClosed = false
  const code = await run(command, args, reporter, (line) => {
    const closing = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/.exec(line)
    if (closing === null) console.log(line)
    else for (const at of counts.keys()) counts[at] += Number(closing[at + 1] ?? 0)
    isClosed ||= closing !== null
    if (line.startsWith('✗ ')) failures.push(line)
  })
  isWell &&= code === 0 && isClosed
}

async function uncovered() {
  const summary = JSON.parse(await readFile(SUMMARY, 'utf8').catch(() => '{}'))
  const root = `${process.cwd()}/`
  const measured = Object.entries(summary)
    .map(([path, figures]) => [path.replace(root, ''), figures])
    .filter(([path]) => FULLY_COVERED.some((folder) => path.startsWith(folder)))
  if (measured.length === 0) return [`${FULLY_COVERED.join(', ')} was not measured`]
  return measured
    .filter(([, { lines, branches, functions }]) => [lines, branches, functions].some(({ pct }) => pct < 100))
    .map(
      ([path, { lines, branches, functions }]) =>
        `${path}: lines ${lines.pct} %, branches ${branches.pct} %, functions ${functions.pct} %`,
    )
}

/** @param output - what stdout passes through on its way to `onLine`; nobody reads it without */
async function run(command, args, output, onLine) {
  const child = spawn(command, args, {
    stdio: ['ignore', output === undefined ? 'ignore' : 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  if (output !== undefined) {
    for await (const line of createInterface({ input: child.stdout.pipe(output) })) onLine(line)
  }
  const [code] = await closed
  return code ?? 1
}
