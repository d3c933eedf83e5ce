// test.mjs [FILE OR FOLDER…]: runs the tests, all of them unless told. The last line is "N passed, N failed".
import { spawn } from 'node:child_process'
import { glob, readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** What every line, branch and function of is covered, and the tests that do so. */
const FULLY_COVERED = ['protocol/src/']
const COVERING = 'protocol/test/unit/**/*.test.ts'
const SUMMARY = '.tap/report/coverage-summary.json'
/** Programs are started hundreds of times: their modules are compiled once. */
const COMPILED = fileURLToPath(new URL('../.build/compile-cache', import.meta.url))

const chosen = process.argv.slice(2)
const files = []
for (const path of chosen) {
  const isFolder = await stat(path).then((it) => it.isDirectory())
  if (!isFolder) files.push(path)
  else for await (const file of glob(`${path}/**/*.test.ts`)) files.push(file)
}

await run('tap', ['build'], 'ignore')
const counts = [0, 0, 0]
/** Said once more at the end, where whoever looks for the cause looks first. */
const failures = []
let isWell = true
if (chosen.length > 0) await tests(['--disable-coverage', ...files])
else {
  const covering = []
  for await (const file of glob(COVERING)) covering.push(file)
  await tests(['--coverage-report=text', '--coverage-report=json-summary', ...covering])
  for (const hole of await uncovered()) {
    failures.push(`✗ not fully covered: ${hole}`)
    counts[1]++
    isWell = false
  }
  // Coverage would take a compiled module apart again.
  process.env.NODE_COMPILE_CACHE ??= COMPILED
  await tests(['--disable-coverage', `--exclude=${COVERING}`])
}
for (const failure of failures) console.log(failure)
const [passed = 0, failed = 0, skipped = 0] = counts
const none = passed + failed === 0
console.log(`${passed} passed, ${none ? 1 : failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = isWell && failed === 0 && !none ? 0 : 1

async function tests(args) {
  let isClosed = false
  const code = await run('tap', ['run', '--reporter=./scripts/tap-reporter.mjs', ...args], 'pipe', (line) => {
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

function run(command, args, stdout, onLine = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', stdout, 'inherit'] })
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLine)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (rest !== '') onLine(rest)
      resolve(code ?? 1)
    })
  })
}
