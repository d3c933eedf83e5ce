import { connect } from 'node:net'
import { AgentError } from '../errors.ts'
import type { ControlAnswer, ControlRequest } from './request.ts'

const TIME_LIMIT_MS = 5_000
const ANSWER_LIMIT = 65_536

/**
 * Ask the agent that runs on this machine.
 *
 * @param path - of its socket
 * @throws {AgentError} `NOT_STARTED` when none answers there
 */
export function askAgent(path: string, request: ControlRequest): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const absent = () => {
      reject(
        new AgentError(
          'the agent does not run here, or you may not speak to it: see systemctl status hygeia-agent',
          {
            code: 'NOT_STARTED',
          },
        ),
      )
    }
    const socket = connect(path)
    let text = ''
    socket.setTimeout(TIME_LIMIT_MS, () => socket.destroy(new Error('no answer')))
    socket.on('error', absent)
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.length > ANSWER_LIMIT) socket.destroy(new Error('too long'))
    })
    socket.on('end', () => (text === '' ? absent() : resolve(JSON.parse(text))))
    socket.write(`${JSON.stringify(request)}\n`)
  })
}
