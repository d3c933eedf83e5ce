import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until } from '@hygeia/test/until'
import t from 'tap'
import { KuboBed } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
const HOLDER = fileURLToPath(new URL('support/kubo-holder.ts', import.meta.url))

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

t.test(
  'a daemon that is killed takes its Kubo along, and the next one starts on the same folder',
  async (t) => {
    for (let round = 0; round < 3; round++) {
      const holder = spawn(process.execPath, [HOLDER, bed.at('held'), bed.file, bed.swarmKeyFile], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = await once(holder.stdout, 'data')
      const pid = Number(String(line))
      t.ok(isRunning(pid))
      holder.kill('SIGKILL')
      await until('Kubo is gone too', async () => !isRunning(pid), 5_000)
    }
    await bed.startKubo(t, 'held')
  },
)
