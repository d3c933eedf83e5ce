import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { alarmFromCode, causeName } from '@hygeia/protocol/alarm/alarm'
import t from 'tap'
import { TestAgent } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const AGENT = fileURLToPath(new URL('../../bin/agent.ts', import.meta.url))
t.setTimeout(240_000)

t.test(
  'a patient calls, somebody looks, enters and acknowledges; all of it reaches the hospital',
  async (t) => {
    const { folder, patient, hospital, pinned } = await makeSetting(t)
    const agent = await TestAgent.make({
      folder,
      patient,
      hospital: pinned,
      config: {
        sensors: [
          { name: 'call', kind: 'button', line: 27, channels: [{ channel: 'patient-event', from: 'press' }] },
        ],
        simulation: { source: { kind: 'noise' }, feeds: { call: { presses: [500] } } },
        alerts: { buzzer: { line: 18 }, led: { line: 23 } },
        logLevel: 'warn',
      },
    })
    t.teardown(() => agent.stop('SIGKILL'))
    const command = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        AGENT,
        ...args,
        '--config',
        join(folder, 'agent.json'),
      ])
      return stdout
    }
    const alarms = () =>
      hospital.batches.flatMap(({ batch }) =>
        patient
          .open(batch)
          .columns.filter(({ channel }) => channel === 'alarm')
          .flatMap(({ samples }) => samples.map(({ value = Number.NaN }) => alarmFromCode(value)))
          .map((state) => state && `${causeName(state.cause)} ${state.priority ?? 'over'}`),
      )
    agent.start()
    await until('the call is at the hospital', () => alarms().length > 0)
    t.same(alarms(), ['call high'])
    t.match(await command('alarms'), /^call +high +for \d+ s, sounds/)
    t.match(await command('enter', '--systolic', '128', '--diastolic', '76'), /entered/)
    t.match(await command('acknowledge'), /silent for now: call/)
    await until('the end of it is there too', () => alarms().length > 1)
    t.same(alarms(), ['call high', 'call over'])
    t.match(await command('alarms'), /^no alarm is on/)
    const batches = hospital.batches.filter(({ batch }) => batch.priority === 'alert')
    t.ok(batches.length >= 2, 'ahead of everything else')
    await t.rejects(command('enter', '--systolic', '9000'), { code: 78, stderr: /hygeia-agent: .*systolic/s })
  },
)
