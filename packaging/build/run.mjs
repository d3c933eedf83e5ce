import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Run a program to its end. @returns what it said @throws {Error} with what it complained of */
export async function run(program, args, { cwd, env } = {}) {
  try {
    const { stdout } = await execute(program, args, {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1_048_576,
    })
    return stdout
  } catch (cause) {
    throw new Error(
      `${program} ${args[0] ?? ''} failed:\n${cause.stdout ?? ''}${cause.stderr ?? cause.message}`,
    )
  }
}
