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
  method: 'GET' | 'POST',
  path: string,
): Promise<unknown> {
  return await call(config, method, `operator/${path}`, await readOperatorToken(config.dataDir))
}

/** Ask it for what everybody may know of its chain. @throws {OperatorError} when it does not run */
export async function readRealm(config: DaemonConfig): Promise<unknown> {
  return await call(config, 'GET', 'realm', '')
}

async function call(config: DaemonConfig, method: string, path: string, token: string): Promise<unknown> {
  const { api } = await readEndpoints(config.dataDir)
  const ca = await readFile(join(config.keysDir, 'ca.pem'), 'utf8')
  const { status, body } = await send(`${api}/v1/${path}`, method, ca, token).catch((cause: unknown) => {
    throw new OperatorError(
      'the daemon does not run: start it with "hygeia-daemon run"',
      { code: 'NOT_RUNNING', api },
      { cause },
    )
  })
  const answer: unknown = body === '' ? {} : JSON.parse(body)
  if (status < 300) return answer
  const { code = 'UNKNOWN', detail = '' } = Object(answer) as { code?: string; detail?: string }
  throw new OperatorError(`refused: ${detail || code}`, { code: 'REFUSED', status, problem: code })
}

function send(
  url: string,
  method: string,
  ca: string,
  token: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method,
        ca,
        agent: false,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(LIMIT_MS),
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 500, body }))
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end()
  })
}
