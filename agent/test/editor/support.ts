import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { writePassword } from '../../src/editor/password.ts'
import type { FlowNode } from '../../src/pipeline/flow.ts'
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

/** What a browser does, without one: log in, fetch the flow, deploy another. */
export class EditorClient {
  readonly #url: string
  #token = ''

  constructor(url: string) {
    this.#url = url
  }

  async logIn(password: string): Promise<number> {
    const { status, body } = await this.#request('POST', '/auth/token', {
      client_id: 'node-red-editor',
      grant_type: 'password',
      scope: '*',
      username: 'hygeia',
      password,
    })
    if (status === 200) this.#token = (body as { access_token: string }).access_token
    return status
  }

  async flow(): Promise<{ status: number; nodes: readonly FlowNode[] }> {
    const { status, body } = await this.#request('GET', '/flows')
    return { status, nodes: body as readonly FlowNode[] }
  }

  async deploy(nodes: readonly FlowNode[]): Promise<number> {
    return (await this.#request('POST', '/flows', nodes)).status
  }

  /** What the editor asks for besides. */
  async get(path: string): Promise<unknown> {
    return (await this.#request('GET', path)).body
  }

  /** The button of an inject node. */
  async press(id: string): Promise<number> {
    return (await this.#request('POST', `/inject/${id}`, {})).status
  }

  async #request(method: string, path: string, json?: unknown) {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      body = text
    }
    return { status: response.status, body }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
