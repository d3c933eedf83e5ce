import type { FlowNode } from '../../src/pipeline/flow.ts'

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
