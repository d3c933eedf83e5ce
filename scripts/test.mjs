// test.mjs [FILE OR FOLDER…]: runs the tests, all of them unless told. The last line is "N passed, N failed".
import { spawn } from 'node:child_process'
import { glob, readFile, stat } from 'node:fs/promises'

/** Folders in which every line, branch and function is covered. */
const FULLY_COVERED = ['protocol/src/']
const SUMMARY = '.tap/report/coverage-summary.json'

const chosen = process.argv.slice(2)
const files = []
for (const path of chosen) {
  const isFolder = await stat(path).then((it) => it.isDirectory())
  if (!isFolder) files.push(path)
  else for await (const file of glob(`${path}/**/*.test.ts`)) files.push(file)
}

await run('tap', ['build'], 'ignore')
let closing = ''
/** Said once more at the end, below the table of coverage, where whoever looks for the cause looks first. */
const failures = []
const failed = await run(
  'tap',
  [
    'run',
    '--reporter=./scripts/tap-reporter.mjs',
    ...(chosen.length > 0
      ? ['--disable-coverage']
      : ['--coverage-report=text', '--coverage-report=json-summary']),
    ...files,
  ],
  'pipe',
  (line) => {
    if (/^\d+ passed, \d+ failed/.test(line)) closing = line
    else console.log(line)
    if (line.startsWith('✗ ')) failures.push(line)
  },
)
for (const failure of failures) console.log(failure)
const holes = chosen.length > 0 ? [] : await uncovered()
for (const hole of holes) console.log(`✗ not fully covered: ${hole}`)
if (holes.length > 0) {
  const [passed, fails] = closing.match(/\d+/g) ?? ['0', '0']
  closing = `${passed} passed, ${Number(fails) + holes.length} failed`
}
console.log(closing || '0 passed, 1 failed')
process.exitCode = failed === 0 && holes.length === 0 && closing !== '' ? 0 : 1

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
