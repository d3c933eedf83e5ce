import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { CodedError } from '@hygeia/protocol/errors'
import type { DaemonConfig } from '../config/config.ts'
import { readEndpoints } from '../endpoints.ts'
import { readOperatorToken } from '../init/operator-token.ts'

export type OperatorFault =
  | { readonly code: 'NOT_RUNNING'; readonly api: string }
  | { readonly code: 'REFUSED'; readonly status: number; readonly problem: string }

export class OperatorError extends CodedError<OperatorFault> {}

const LIMIT_MS = 60_000

/**
 * Ask the daemon that runs on this machine, as its operator.
 *
 * @returns the answer's JSON
 * @throws {OperatorError} when it does not run, or refuses
 */
export async function callOperator(
  config: DaemonConfig,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { api } = await readEndpoints(config.dataDir)
  const [ca, token] = await Promise.all([
    readFile(join(config.keysDir, 'ca.pem'), 'utf8'),
    readOperatorToken(config.dataDir),
  ])
  const { status, text } = await send(`${api}/v1/operator/${path}`, { method, ca, token, body }).catch(
    (cause: unknown) => {
      throw new OperatorError(
        'the daemon does not run: start it with "hygeia-daemon run"',
        { code: 'NOT_RUNNING', api },
        { cause },
      )
    },
  )
  const answer: unknown = text === '' ? {} : JSON.parse(text)
  if (status < 300) return answer
  const { code = 'UNKNOWN', title = code, detail = title } = Object(answer) as Record<string, string>
  throw new OperatorError(`refused: ${detail}`, { code: 'REFUSED', status, problem: code })
}

interface Sent {
  readonly method: string
  readonly ca: string
  readonly token: string
  readonly body: unknown
}

function send(
  url: string,
  { method, ca, token, body }: Sent,
): Promise<{ readonly status: number; readonly text: string }> {
  const isJson = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method,
        ca,
        agent: false,
        headers: { authorization: `Bearer ${token}`, ...isJson },
        signal: AbortSignal.timeout(LIMIT_MS),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 500, text }))
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
