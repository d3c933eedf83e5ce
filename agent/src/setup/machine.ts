import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { SetupError } from './errors.ts'

/** The machine that the agent is set up on: its programs, and what is there. */
export interface Machine {
  has(path: string): boolean
  /**
   * Run a program to its end, handing it `input`; secrets go this way and not by arguments, which everybody can see.
   *
   * @throws {SetupError} `PROGRAM_FAILED` with what it complained of
   */
  run(program: string, args: readonly string[], input?: string): Promise<string>
}

export const linuxMachine: Machine = {
  has: existsSync,
  async run(program, args, input = '') {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
      })
    }
    // One that does not read its input is no fault.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const failed = (why: string) =>
      new SetupError(`${program} ${args[0] ?? ''}: ${why}`, { code: 'PROGRAM_FAILED', program })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (cause) => reject(failed(cause.message)))
      child.once('close', resolve)
    })
    if (code !== 0) throw failed(said.stderr.trim() || `ended with ${code}`)
    return said.stdout
  },
}
