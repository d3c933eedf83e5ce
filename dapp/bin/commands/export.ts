import type { UnixMs } from '@hygeia/protocol/units'
import { type Command, Option } from 'commander'
import { Receipts } from '../../src/fhir/receipts.ts'
import { EXPORT_FORMATS, type Exported, type ExportFormat, exportText } from '../../src/output/export.ts'
import { clip, readingsOf, type Span } from '../../src/output/span.ts'
import { auditOf } from '../../src/patient/audit.ts'
import { listGrants, refresh } from '../../src/patient/grants.ts'
import { openOwn } from '../../src/patient/own.ts'
import { Conduct } from '../../src/physician/conduct.ts'
import { receivedGrants, usableGrants } from '../../src/physician/grants.ts'
import type { Opened, OpenedBatch, UnopenedBatch } from '../../src/physician/opening.ts'
import { openSpan, withGlasses } from '../../src/physician/span.ts'
import { usage } from '../host/errors.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import { sinkOf } from '../host/sink.ts'
import { addressArgument } from './arguments.ts'
import { reportConduct, reportUnopened } from './report.ts'
import type { Run } from './run.ts'

interface ExportOptions {
  readonly format: ExportFormat
  readonly from: string
  readonly to: string
  readonly output?: string
  readonly proof: boolean
}

interface PhysicianExport extends ExportOptions {
  readonly patient: string
}

interface PatientExport extends ExportOptions {
  readonly name?: string
}

const formatOption = () =>
  new Option('--format <format>', 'a FHIR R4 Bundle, or a line for each reading').choices(EXPORT_FORMATS)

export function addPhysicianExport(physician: Command, run: Run): void {
  physician
    .command('export')
    .description('export a span of a patient’s readings, with consents and what proves each batch')
    .requiredOption('--patient <account>', 'whose')
    .option('--from <time>', 'taken from then on', '-1d')
    .option('--to <time>', 'taken before', 'now')
    .addOption(formatOption().default('fhir'))
    .option('--no-proof', 'without the Provenance of each batch: faster, and nothing to check')
    .option('-o, --output <file>', 'write there instead of stdout')
    .addHelpText(
      'after',
      `
Patients are written by account, never by name. Exit status is 2 when some batches could not be opened.

Examples:
  $ hygeia physician export --patient 0x5aAe… --from 2025-11-01 --to 2025-11-02 -o day.json
  $ hygeia physician export --patient 0x5aAe… --from -1w --format csv -o week.csv
`,
    )
    .action(run(exportGranted))
}

export function addPatientExport(patient: Command, run: Run): void {
  patient
    .command('export')
    .description('export everything: readings, permissions, who looked, and what proves it')
    .option('--from <time>', 'taken from then on; the first reading unless told', '1970-01-01')
    .option('--to <time>', 'taken before', 'now')
    .addOption(formatOption().default('fhir'))
    .option('--name <text>', 'how to call you in it; only your account is in it otherwise')
    .option('--no-proof', 'without the Provenance of each batch: faster, and nothing to check')
    .option('-o, --output <file>', 'write there instead of stdout')
    .addHelpText(
      'after',
      `
What is written is in clear: keep it as you keep a letter from your physician.

Examples:
  $ hygeia patient export -o everything.json
  $ hygeia patient export --from -30d --format csv -o month.csv
`,
    )
    .action(run(exportOwn))
}

async function exportGranted(session: CommandSession, options: PhysicianExport): Promise<void> {
  const { terminal } = session
  const account = addressArgument(options.patient)
  await session.asPhysician(async (physician) => {
    const { hospital } = physician
    const at = hospital.client.clock.now()
    const span = spanOf(options, at)
    const conduct = new Conduct()
    const grants = usableGrants(await receivedGrants(physician, conduct), { patient: account })
    const held = withGlasses(grants, await session.folder.broken())
    const unopened: UnopenedBatch[] = []
    const readings = openSpan(physician, held, span, {
      conduct,
      onProgress: (done, known) => terminal.progress(`${done} of ${known} batches`),
      onUnopened: (batch) => unopened.push(batch),
    })
    const receipts = options.proof ? new Receipts(hospital) : undefined
    await write(session, options, { patients: [{ account }], readings, grants, receipts, at })
    reportConduct(terminal, conduct)
    reportUnopened(terminal, unopened)
  })
}

async function exportOwn(session: CommandSession, options: PatientExport): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    const { hospital, identity } = patient
    const at = hospital.client.clock.now()
    const span = spanOf(options, at)
    await refresh(patient)
    const conduct = new Conduct()
    const unopened: UnopenedBatch[] = []
    const opened = openOwn(patient, span, {
      conduct,
      onProgress: (done) => terminal.progress(`${done} batches`),
    })
    const patients = [{ account: identity.signer.address, name: options.name }]
    const readings = clipped(opened, span, unopened)
    const grants = await listGrants(patient)
    const onUnheard = ({ hospital: name, reason }: { hospital: string; reason: string }) =>
      terminal.warn(`the log of ${name} is missing here: ${reason}`)
    const audit = auditOf(patient, { onUnheard })
    const receipts = options.proof ? new Receipts(hospital) : undefined
    await write(session, options, { patients, readings, grants, audit, receipts, at })
    reportConduct(terminal, conduct)
    reportUnopened(terminal, unopened)
  })
}

function spanOf({ from, to }: ExportOptions, now: UnixMs): Span {
  const span = { from: parseInstant(from, now), to: parseInstant(to, now) }
  if (span.to <= span.from) throw usage('the span is empty: --to must be after --from')
  return span
}

async function* clipped(
  opened: AsyncIterable<Opened>,
  span: Span,
  unopened: UnopenedBatch[],
): AsyncGenerator<OpenedBatch> {
  for await (const item of opened) {
    if (item.fault !== undefined) unopened.push(item)
    else {
      const inside = clip(item, span)
      if (inside !== undefined) yield inside
    }
  }
}

async function write(session: CommandSession, { format, output }: ExportOptions, exported: Exported) {
  const { terminal } = session
  const counted = { batches: 0, readings: 0 }
  const sink = sinkOf(output, terminal)
  const readings = counting(exported.readings, counted)
  for await (const text of exportText(format, { ...exported, readings })) await sink.write(text)
  await sink.end()
  const { batches } = counted
  if (output === undefined) return terminal.say(`${counted.readings} readings in ${batches} batches`)
  terminal.result({ output, format, ...counted }, [
    `${output}: ${counted.readings} readings in ${batches} batches`,
  ])
}

async function* counting(
  opened: AsyncIterable<OpenedBatch>,
  counted: { batches: number; readings: number },
): AsyncGenerator<OpenedBatch> {
  for await (const batch of opened) {
    counted.batches++
    counted.readings += readingsOf(batch)
    yield batch
  }
}
