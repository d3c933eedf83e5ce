import type { UnixMs } from '@hygeia/protocol/units'
import { type Command, Option } from 'commander'
import { csvWriter } from '../../src/output/csv.ts'
import { FhirWriter } from '../../src/output/fhir.ts'
import { jsonLines } from '../../src/output/json.ts'
import { readingsOf, type Span } from '../../src/output/span.ts'
import { Table } from '../../src/output/table.ts'
import type { ReadingsWriter } from '../../src/output/writer.ts'
import { Conduct } from '../../src/physician/conduct.ts'
import { receivedGrants, usableGrants } from '../../src/physician/grants.ts'
import type { UnopenedBatch } from '../../src/physician/opening.ts'
import { openSpan, withGlasses } from '../../src/physician/span.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import { sinkOf } from '../host/sink.ts'
import { addressArgument, hashArgument } from './arguments.ts'
import { reportConduct, reportUnopened } from './report.ts'
import type { Run } from './run.ts'

interface OpenOptions {
  readonly patient?: string
  readonly grant?: string
  readonly from: string
  readonly to: string
  readonly format: 'table' | 'csv' | 'fhir'
  readonly output?: string
}

export function addOpenCommand(parent: Command, run: Run): void {
  parent
    .command('open')
    .description('open what a patient granted: as a table, CSV or a FHIR R4 Bundle')
    .option('--patient <account>', 'only of this patient')
    .option('--grant <hash>', 'only under this grant')
    .option('--from <time>', 'taken from then on', '-1d')
    .option('--to <time>', 'taken before', 'now')
    .addOption(
      new Option('--format <format>', 'how to write it').choices(['table', 'csv', 'fhir']).default('table'),
    )
    .option('-o, --output <file>', 'write there instead of stdout')
    .addHelpText(
      'after',
      `
Exit status is 2 when some batches could not be opened; they are named on stderr. So are hospitals that did not
answer, and those that lied: others are asked in their place for as long as there are enough of them.

Examples:
  $ hygeia physician open --from -24h
  $ hygeia physician open --patient 0x5aAe… --from 2025-11-01 --to 2025-11-02 --format fhir -o day.json
`,
    )
    .action(run(open))
}

async function open(session: CommandSession, options: OpenOptions): Promise<void> {
  const { terminal } = session
  await session.asPhysician(async (physician) => {
    const now = physician.hospital.client.clock.now()
    const span: Span = { from: parseInstant(options.from, now), to: parseInstant(options.to, now) }
    const wanted = {
      patient: options.patient === undefined ? undefined : addressArgument(options.patient),
      grant: options.grant === undefined ? undefined : hashArgument(options.grant),
    }
    const conduct = new Conduct()
    const grants = usableGrants(await receivedGrants(physician, conduct), wanted)
    const held = withGlasses(grants, await session.folder.broken())
    const started = performance.now()
    const sink = sinkOf(options.output, terminal)
    const writer = writerOf(terminal.isJson ? 'json' : options.format, now)
    const unopened: UnopenedBatch[] = []
    let readings = 0
    let batches = 0
    await sink.write(writer.head)
    for await (const opened of openSpan(physician, held, span, {
      conduct,
      onProgress: (done, known) => terminal.progress(`${done} of ${known} batches`),
      onUnopened: (batch) => unopened.push(batch),
    })) {
      batches++
      readings += readingsOf(opened)
      await sink.write(writer.add(opened))
    }
    await sink.write(writer.end())
    await sink.end()
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    terminal.say(`${readings} readings in ${batches} batches, opened in ${seconds} s`)
    reportConduct(terminal, conduct)
    reportUnopened(terminal, unopened)
  })
}

function writerOf(format: OpenOptions['format'] | 'json', now: UnixMs): ReadingsWriter {
  switch (format) {
    case 'csv':
      return csvWriter
    case 'fhir':
      return new FhirWriter(now)
    case 'json':
      return jsonLines
    case 'table':
      return new Table()
  }
}
