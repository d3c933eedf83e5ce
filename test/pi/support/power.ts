import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { until } from '../../support/until.ts'

/** Process groups of machines that are on, so that none outlives this process however it ends. */
const alive = new Set<number>()
process.once('exit', () => {
  for (const pid of alive) process.kill(-pid, 'SIGKILL')
})
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(130))

/** A machine that is a process, with a group of its own: its power is cut by killing all of it. */
export class Power {
  readonly child: ChildProcess

  private constructor(child: ChildProcess) {
    this.child = child
  }

  /** Switch on what `command` starts. */
  static on(command: string, args: readonly string[], options: SpawnOptions): Power {
    const child = spawn(command, args, { ...options, detached: true })
    const { pid } = child
    if (pid !== undefined) {
      alive.add(pid)
      child.once('exit', () => alive.delete(pid))
    }
    return new Power(child)
  }

  /** @returns once nothing of it is left */
  async cut(): Promise<void> {
    const { pid, exitCode, signalCode } = this.child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    const gone = new Promise((resolve) => this.child.once('close', resolve))
    process.kill(-pid, 'SIGKILL')
    // What came of it and was not read yet would keep it from being closed.
    for (const stream of this.child.stdio) stream?.destroy()
    await gone
    // Its other processes end a moment later, and hold its disk until then.
    await until('nothing of the machine is left', async () => !isGroupThere(pid))
  }
}

function isGroupThere(pid: number): boolean {
  try {
    return process.kill(-pid, 0)
  } catch {
    return false
  }
}
