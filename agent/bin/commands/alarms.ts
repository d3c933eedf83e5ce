import { BREATHES, CONSCIOUSNESS } from '@hygeia/protocol/news2/observations'
import { readConfig } from '@hygeia/runtime/config-file'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { AgentConfig, pathsOf } from '../../src/config/config.ts'
import { askAgent } from '../../src/control/client.ts'
import type { AlarmsView, ControlAnswer, ControlRequest, Entry } from '../../src/control/request.ts'
import { AgentError } from '../../src/errors.ts'

interface ConfigOption {
  readonly config: string
}

/** Commands that speak to the running agent: `alarms`, `acknowledge` and `enter`. */
export function addAlarmCommands(program: Command, defaultConfig: string): void {
  const config = () => new Option('-c, --config <file>', 'configuration').default(defaultConfig)

  program
    .command('alarms')
    .description('alarms that are on, and the early warning score with its parts')
    .addOption(config())
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  hygeia-agent alarms\n  hygeia-agent alarms --json | jq .news2')
    .action(async (options: ConfigOption & { readonly json?: boolean }) => {
      const answer = await ask(options, { kind: 'alarms' })
      if (answer.kind !== 'alarms') throw new Error('not what was asked for')
      console.log(options.json === true ? JSON.stringify(answer.view, undefined, 2) : showAlarms(answer.view))
    })

  program
    .command('acknowledge')
    .description('silence alarms for a while: somebody has seen them')
    .argument('[alarm]', 'its name, as `alarms` shows it; without it, all')
    .addOption(config())
    .addHelpText('after', '\nExamples:\n  hygeia-agent acknowledge\n  hygeia-agent acknowledge spo2:low')
    .action(async (alarm: string | undefined, options: ConfigOption) => {
      const answer = await ask(options, { kind: 'acknowledge', ...(alarm === undefined ? {} : { alarm }) })
      const silenced = answer.kind === 'acknowledged' ? answer.silenced : []
      console.log(silenced.length === 0 ? 'no alarm is on' : `silent for now: ${silenced.join(', ')}`)
    })

  program
    .command('enter')
    .description('enter what was seen of the patient or measured by hand; the early warning score counts it')
    .option('--systolic <mmHg>', 'blood pressure', numeric)
    .option('--diastolic <mmHg>', 'blood pressure', numeric)
    .addOption(new Option('--consciousness <state>').choices(CONSCIOUSNESS))
    .addOption(new Option('--oxygen <what>', 'what the patient breathes').choices(BREATHES))
    .addOption(config())
    .addHelpText(
      'after',
      '\nExamples:\n  hygeia-agent enter --systolic 128 --diastolic 76\n  hygeia-agent enter --consciousness alert --oxygen air',
    )
    .action(async ({ config, ...entry }: ConfigOption & Entry) => {
      await ask({ config }, { kind: 'enter', entry })
      console.log('entered')
    })
}

function numeric(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('not a number')
  return value
}

/** @throws {AgentError} when the agent does not answer, or refuses */
async function ask({ config }: ConfigOption, request: ControlRequest): Promise<ControlAnswer & { ok: true }> {
  const paths = pathsOf(await readConfig(config, AgentConfig))
  const answer = await askAgent(paths.control, request)
  if (answer.ok) return answer
  throw new AgentError(answer.message, { code: 'REFUSED', fault: answer.fault })
}

function showAlarms({ alarms, news2 }: AlarmsView): string {
  const lines = alarms.map(({ name, priority, isTechnical, forMs, silentForMs }) => {
    const state = silentForMs === undefined ? 'sounds' : `silent for ${Math.ceil(silentForMs / 1_000)} s`
    const kind = isTechnical ? 'equipment' : priority
    return `${name.padEnd(28)} ${kind.padEnd(10)} for ${Math.round(forMs / 1_000)} s, ${state}`
  })
  if (lines.length === 0) lines.push('no alarm is on')
  if (news2 === undefined)
    return [...lines, '', 'NEWS2  no score: not switched on, or no whole minute yet'].join('\n')
  const parts = Object.entries(news2.points).map(
    ([name, points]) => `  ${name.padEnd(18)} ${points ?? 'not known'}`,
  )
  const risk = news2.risk === undefined ? '' : `, ${news2.risk} risk`
  return [...lines, '', `NEWS2  ${news2.text}${risk}`, ...parts].join('\n')
}
