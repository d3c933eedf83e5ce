import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CONTRACTS, compile } from '../scripts/compile.ts'
import { staleFiles } from '../scripts/generate.ts'
import { forgeCoverage, forgeTests } from './support/forge.ts'
import { typedDataVectors, VECTORS } from './support/vectors.ts'

/** What deploys within the gas of one block, 4.7 M at about 216 gas a byte. */
const MAX_RUNTIME_BYTES = 18 * 1024
const SUITES = [
  'test/unit/Anchor.t.sol',
  'test/unit/Consent.t.sol',
  'test/unit/ConsentEmergency.t.sol',
  'test/unit/Directory.t.sol',
  'test/unit/DirectoryHospitals.t.sol',
  'test/unit/DirectoryStatements.t.sol',
  'test/unit/TypedData.t.sol',
  'test/invariant/Anchor.t.sol',
  'test/invariant/Statements.t.sol',
  'test/invariant/Votes.t.sol',
]

/** What has code: interfaces have none. */
const COVERED = [
  'src/Anchor.sol',
  'src/Consent.sol',
  'src/Directory.sol',
  'src/TypedData.sol',
  'src/directory/DirectoryHospitals.sol',
  'src/directory/DirectoryStatements.sol',
]

const compiled = compile()

t.test('the generated modules are what the sources compile to', (t) => {
  t.same(staleFiles(compiled), [])
  t.end()
})

t.test('the runtime code is small enough to deploy within a block', (t) => {
  for (const name of CONTRACTS) {
    const bytes = compiled[name].runtime.length / 2
    t.ok(bytes > 0 && bytes <= MAX_RUNTIME_BYTES, `${name}: ${bytes} of ${MAX_RUNTIME_BYTES} bytes`)
  }
  t.end()
})

t.test('the vectors are what ethers signs', (t) => {
  t.same(JSON.parse(readFileSync(VECTORS, 'utf8')), typedDataVectors())
  t.end()
})

t.test('what forge tests', async (t) => {
  const tests = await forgeTests()
  t.ok(
    SUITES.every((suite) => tests.some(({ file }) => file === suite)),
    'every suite ran',
  )
  for (const { file, claim, passed, reason, counterexample } of tests) {
    t.ok(passed, `${file}: ${claim}`, { reason, counterexample })
  }
})

t.test('every line, function and branch of the contracts is tested', async (t) => {
  const coverage = await forgeCoverage(join(t.testdir(), 'lcov.info'))
  t.same([...coverage.keys()].sort(), COVERED, 'every file with code is reported')
  for (const [file, counts] of coverage) {
    for (const [what, [hit, found]] of Object.entries(counts)) {
      t.equal(hit, found, `${file}: ${hit} of ${found} ${what}`)
    }
  }
})
