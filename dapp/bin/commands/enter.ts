import { SEVERITY_LIMIT, SYMPTOMS } from '@hygeia/protocol/symptom/symptom'
import type { Command } from 'commander'
import type { ManualEntry } from '../../src/manual/entry.ts'
import { ownDeviceOf, type Sent } from '../../src/manual/own-device.ts'
import { usage } from '../host/errors.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

interface EnterOptions {
  readonly bloodPressure?: string
  readonly pulse?: string
  readonly weight?: string
  readonly temperature?: string
  readonly symptom?: string
  readonly at: string
}

export function addEnterCommand(patient: Command, run: Run): void {
  patient
    .command('enter')
    .description('enter what you measured or felt: signed and sealed as a device’s readings are')
    .option('--blood-pressure <mmHg>', 'systolic/diastolic')
    .option('--pulse <per minute>', 'that the cuff showed, with --blood-pressure')
    .option('--weight <kg>', 'of the body')
    .option('--temperature <°C>', 'of the body')
    .option('--symptom <name=severity>', `0 (none) to ${SEVERITY_LIMIT}; name: ${SYMPTOMS.join(', ')}`)
    .option('--at <time>', 'when', 'now')
    .addHelpText(
      'after',
      `
What cannot be sent now is kept, and sent with the next entry; without one, \`hygeia patient enter\` sends what waits.

Examples:
  $ hygeia patient enter --blood-pressure 121/78 --pulse 66
  $ hygeia patient enter --weight 71.2 --at -2h
  $ hygeia patient enter --symptom breathlessness=7
`,
    )
    .action(run(enter))
}

async function enter(session: CommandSession, options: EnterOptions): Promise<void> {
  const { terminal } = session
  const entries = entriesIn(options)
  await session.asPatient(async (patient, entropy) => {
    const own = ownDeviceOf(patient, entropy, session.folder.ownDeviceStore())
    const at = parseInstant(options.at, patient.hospital.client.clock.now())
    const entered: string[] = []
    for (const entry of entries) entered.push(await own.enter(entry, at))
    const sent = await terminal.during('sending', () => own.send())
    if (sent.some(({ state }) => state === 'waiting' || state === 'refused')) terminal.endWith(2)
    terminal.result({ at, entered, sent }, sent.length === 0 ? ['Nothing waits.'] : sent.map(lineOf))
  })
}

function lineOf(sent: Sent): string {
  switch (sent.state) {
    case 'anchored':
      return `${sent.cid}  on the chain`
    case 'taken':
      return `${sent.cid}  with the hospital`
    case 'waiting':
      return `${sent.cid}  kept here: no hospital takes it now; run \`hygeia patient enter\` later`
    case 'refused':
      return `${sent.cid}  REFUSED for good: ${sent.reason}`
  }
}

function entriesIn(options: EnterOptions): readonly ManualEntry[] {
  const { bloodPressure, pulse, weight, temperature, symptom } = options
  const entries: ManualEntry[] = []
  if (bloodPressure !== undefined) {
    const [, systolic, diastolic] = /^([\d.]+)\/([\d.]+)$/.exec(bloodPressure) ?? []
    entries.push({
      kind: 'blood-pressure',
      systolic: numberIn('--blood-pressure', systolic, 'systolic/diastolic, such as 121/78'),
      diastolic: numberIn('--blood-pressure', diastolic, 'systolic/diastolic, such as 121/78'),
      pulse: pulse === undefined ? undefined : numberIn('--pulse', pulse, 'beats a minute'),
    })
  } else if (pulse !== undefined) throw usage('--pulse goes with --blood-pressure')
  if (weight !== undefined) entries.push({ kind: 'weight', kg: numberIn('--weight', weight, 'in kg') })
  if (temperature !== undefined) {
    entries.push({ kind: 'temperature', celsius: numberIn('--temperature', temperature, 'in °C') })
  }
  if (symptom !== undefined) entries.push(symptomIn(symptom))
  return entries
}

function numberIn(option: string, text: string | undefined, what: string): number {
  const value = /^\d{1,4}(\.\d{1,4})?$/.test(text ?? '') ? Number(text) : Number.NaN
  if (Number.isNaN(value)) throw usage(`${option} is ${what}`)
  return value
}

function symptomIn(text: string): ManualEntry {
  const [name, severity, ...rest] = text.split('=')
  const symptom = SYMPTOMS.find((known) => known === name)
  const isSevere = /^\d{1,2}$/.test(severity ?? '') && Number(severity) <= SEVERITY_LIMIT
  if (symptom === undefined || !isSevere || rest.length > 0) {
    throw usage(`--symptom is NAME=SEVERITY, 0 to ${SEVERITY_LIMIT}; NAME is one of ${SYMPTOMS.join(', ')}`)
  }
  return { kind: 'symptom', symptom, severity: Number(severity) }
}
