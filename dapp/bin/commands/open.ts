import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Command, Option } from 'commander'
import { csvWriter } from '../../src/output/csv.ts'
import { FhirWriter } from '../../src/output/fhir.ts'
import { jsonLines } from '../../src/output/json.ts'
import { clip, type Span } from '../../src/output/span.ts'
import { Table } from '../../src/output/table.ts'
import type { ReadingsWriter } from '../../src/output/writer.ts'
import { Conduct, describe } from '../../src/physician/conduct.ts'
import { receivedGrants, usableGrants } from '../../src/physician/grants.ts'
import { openGrant } from '../../src/physician/open.ts'
import type { UnopenedBatch } from '../../src/physician/opening.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import type { Terminal } from '../host/terminal.ts'
import { addressArgument, hashArgument } from './arguments.ts'
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
    const started = performance.now()
    const sink = sinkOf(options.output, terminal)
    const writer = writerOf(terminal.isJson ? 'json' : options.format, now)
    await sink.write(writer.head)
    // A permission that was dealt again after another's revocation is two grants over the same time.
    const seen = new Set<string>()
    const unopened = new Map<string, UnopenedBatch>()
    let readings = 0
    const broken = await session.folder.broken()
    for (const { hash, grant } of grants) {
      const glass = broken.find((one) => one.grant === hash)
      const held = { hash, grant, glass }
      const onProgress = (done: number, known: number) => terminal.progress(`${done} of ${known} batches`)
      for await (const opened of openGrant(physician, held, { ...span, onProgress }, { conduct })) {
        if (opened.fault !== undefined) {
          unopened.set(opened.cid, opened)
          continue
        }
        const clipped = seen.has(opened.cid) ? undefined : clip(opened, span)
        seen.add(opened.cid)
        if (clipped === undefined) continue
        readings += clipped.batch.columns.reduce((sum, { samples }) => sum + samples.length, 0)
        await sink.write(writer.add(clipped))
      }
    }
    await sink.write(writer.end())
    await sink.end()
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    terminal.say(`${readings} readings in ${seen.size} batches, opened in ${seconds} s`)
    reportConduct(terminal, conduct)
    reportUnopened(
      terminal,
      [...unopened.values()].filter(({ cid }) => !seen.has(cid)),
    )
  })
}

/** Who was done without, and why; a lie must not be missed. */
function reportConduct(terminal: Terminal, conduct: Conduct): void {
  for (const observed of conduct.report) {
    if (observed.isLie) terminal.warn(`${describe(observed)}: tell the patient`)
    else terminal.warn(describe(observed))
  }
}

function reportUnopened(terminal: Terminal, unopened: readonly UnopenedBatch[]): void {
  if (unopened.length === 0) return
  terminal.endWith(2)
  const byCode = Map.groupBy(unopened, ({ fault }) => fault.code)
  for (const [code, batches] of byCode) {
    const [first] = batches
    const forgers = first?.fault.code === 'FORGED_CFRAGS' ? ` by ${first.fault.proxies.join(', ')}` : ''
    terminal.warn(`${batches.length} batches not opened: ${code}${forgers}, for one ${first?.cid}`)
  }
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

interface Sink {
  write(text: string): Promise<void>
  end(): Promise<void>
}

function sinkOf(file: string | undefined, terminal: Terminal): Sink {
  if (file === undefined) {
    return { write: async (text) => terminal.write(text), end: async () => {} }
  }
  // Readings are nobody else's business.
  const stream = createWriteStream(file, { mode: 0o600 })
  const ended = finished(stream)
  // Awaited at the end; until then a failing disk is not an unhandled rejection.
  ended.catch(() => {})
  return {
    async write(text) {
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), ended])
    },
    async end() {
      stream.end()
      await ended
    },
  }
}
