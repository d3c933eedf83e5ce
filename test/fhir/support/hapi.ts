import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
/** Kept between runs: where Maven put what it fetched. */
const CLASSPATH = here('../../../.build/fhir/classpath')
const OUTPUT_LIMIT_BYTES = 64 * 1_048_576
const run = promisify(execFile)

export interface Finding {
  readonly severity: string
  readonly file: string
  readonly place: string
  readonly message: string
}

/** Whether Java is here, and Maven to fetch the validator with. */
export function isHapiHere(): boolean {
  return ['java', 'javac', 'mvn'].every((name) => spawnSync(name, ['-version']).status === 0)
}

/** What HAPI's validator finds in resources of FHIR R4, by the definitions that HL7 published. */
export async function hapiFindings(resources: readonly object[]): Promise<readonly Finding[]> {
  const classpath = await classpathOf()
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-hapi-'))
  try {
    const files = resources.map((_, index) => join(dir, `${index}.json`))
    for (const [index, file] of files.entries()) await writeFile(file, JSON.stringify(resources[index]))
    const list = join(dir, 'files')
    await writeFile(list, files.join('\n'))
    const output = await run('java', ['-cp', classpath, here('Validate.java'), list], {
      maxBuffer: OUTPUT_LIMIT_BYTES,
    })
    return output.stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .filter((parts) => parts.length === 4)
      .map(([severity = '', file = '', place = '', message = '']) => ({ severity, file, place, message }))
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function classpathOf(): Promise<string> {
  const known = await readFile(CLASSPATH, 'utf8').catch(() => undefined)
  if (known !== undefined) return known
  await mkdir(join(CLASSPATH, '..'), { recursive: true })
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${CLASSPATH}`]
  await run('mvn', ['-q', '-B', '-f', here('pom.xml'), ...goal], { maxBuffer: OUTPUT_LIMIT_BYTES })
  return readFile(CLASSPATH, 'utf8')
}
