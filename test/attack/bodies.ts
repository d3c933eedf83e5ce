import { randomBytes } from 'node:crypto'
import { bodies } from '../../daemon/test/api/corpus/bodies.ts'
import { type Attack, held, tallied } from './attack.ts'
import type { Stage } from './stage.ts'

/** Beyond any bound of the API. */
const HUGE = 64 * 1024 * 1024

const httpBodies: Attack = {
  row: 'flood',
  does: 'HTTP bodies, headers and paths beyond their bounds, or that are none',
  run: async ({ client, patient }: Stage) => {
    const token = await patient.account.session.with(async (given) => given)
    const cases = bodies({ patient: { token } })
    const codes: string[] = []
    for (const [name, code, path, asked] of cases) {
      const { status, json } = await client.ask(path, asked)
      held(json.code === code, `${name}: ${status} ${json.code} in place of ${code}`)
      codes.push(code)
    }
    const huge = await client
      .ask('/v1/grants', { raw: Buffer.alloc(HUGE), headers: { 'content-type': 'application/json' }, token })
      .then(
        ({ json }) => String(json.code),
        // It does not read on, whoever goes on writing.
        (cause: unknown) => String(Object(cause).code),
      )
    held(['BODY_TOO_LARGE', 'EPIPE', 'ECONNRESET'].includes(huge), `64 MiB: ${huge}`)
    const long = { headers: { 'x-long': randomBytes(6_000).toString('hex') } }
    const { json: headers } = await client.ask('/v1/realm', long)
    held(headers.code === 'HEADERS_TOO_LARGE', `long headers: ${headers.code}`)
    const { json: path } = await client.ask(`/v1/receipts/${'a'.repeat(5_000)}`)
    held(path.code !== undefined, 'a long path was served')
    return tallied([...codes, huge, headers.code, path.code])
  },
}

export const beyondBounds: readonly Attack[] = [httpBodies]
