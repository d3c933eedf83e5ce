import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AgentError } from './errors.ts'

/**
 * Take the state directory for this process. The kernel gives it back when the process ends, however it ends.
 *
 * @throws {AgentError} `ALREADY_RUNNING`
 */
export async function lockState(stateDir: string): Promise<Disposable> {
  // Node has no file locks of its own; SQLite's are the kernel's.
  const lock = new DatabaseSync(join(stateDir, 'agent.lock'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new AgentError(
      `another agent runs on ${stateDir}`,
      { code: 'ALREADY_RUNNING', stateDir },
      { cause },
    )
  }
  return { [Symbol.dispose]: () => lock.close() }
}
