import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { EditorError } from './errors.ts'

export interface AskPasswordOptions {
  readonly stdin: NodeJS.ReadableStream
  readonly stderr: NodeJS.WritableStream
  /** One line and no questions. */
  readonly isPiped: boolean
}

/**
 * The password that somebody typed twice, unseen, or piped in.
 *
 * @throws {EditorError} `PASSWORD_REFUSED` when it was not the same twice
 */
export async function askedPassword({ stdin, stderr, isPiped }: AskPasswordOptions): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: !isPiped })
  try {
    if (isPiped) {
      for await (const line of lines) return line
      return ''
    }
    stderr.write('Password of the editor: ')
    const first = await lines.question('')
    stderr.write('\nOnce more: ')
    const second = await lines.question('')
    stderr.write('\n')
    if (first === second) return first
    throw new EditorError('that was not the same twice', { code: 'PASSWORD_REFUSED' })
  } finally {
    lines.close()
  }
}
