import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@hygeia/runtime/test/free-port'
import { writePassword } from '../../src/editor/password.ts'
import { SENSORS, TestAgent } from '../support/bedside.ts'
import { makeSetting, type Setting } from '../support/setting.ts'
import { until } from '../support/until.ts'

export const PASSWORD = 'a long enough one'

export interface EditedAgent extends Setting {
  readonly agent: TestAgent
  readonly url: string
  /** Where the chips write down what they handed out. */
  readonly ledger: string
}

/** An agent with simulated chips whose editor is up. @param config - in place of what it would have */
export async function editedAgent(
  t: { teardown(work: () => unknown): unknown },
  { editor = {}, ...config }: { readonly editor?: object; readonly [section: string]: unknown } = {},
): Promise<EditedAgent> {
  const setting = await makeSetting(t)
  const { folder, patient, pinned } = setting
  await mkdir(join(folder, 'editor'))
  await writePassword(join(folder, 'editor/editor.password'), PASSWORD)
  const port = await freePort()
  const ledger = join(folder, 'ledger.jsonl')
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: {
      sensors: SENSORS,
      simulation: {
        source: { kind: 'noise' },
        time: { startUnixMs: Date.UTC(2025, 0, 1), speed: 1 },
        ledgerFile: ledger,
      },
      batch: { windowMs: { vitals: 2_000 } },
      editor: { port, ...editor },
      status: { everyMs: 200 },
      ...config,
    },
  })
  agent.start()
  t.teardown(() => agent.stop('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  await until('Node-RED runs', () => agent.output.includes('Node-RED runs'), 60_000)
  return { ...setting, agent, url, ledger }
}
