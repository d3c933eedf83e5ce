import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Bed } from './bed.ts'

const SOURCE = fileURLToPath(new URL('./guest/slow-sync.c', import.meta.url))
const BUILT = fileURLToPath(new URL('../../.build/bench-pi/', import.meta.url))
/** Among the few places from which the unit may run anything. */
const INSTALLED = '/usr/local/lib/slow-sync.so'
const DROP_IN = '/run/systemd/system/hygeia-agent.service.d'

/** From its next start on, each fsync and fdatasync of the agent takes 500 ms longer, until this is disposed of. */
export async function slowSync({ bedside: { shell } }: Bed): Promise<AsyncDisposable> {
  await mkdir(BUILT, { recursive: true })
  await promisify(execFile)('gcc', ['-shared', '-fPIC', '-O2', '-o', `${BUILT}slow-sync.so`, SOURCE])
  await shell.run(`install -m 755 /opt/hygeia/.build/bench-pi/slow-sync.so ${INSTALLED}`)
  await shell.run(`install -d ${DROP_IN}`)
  await shell.write(`${DROP_IN}/slow-sync.conf`, `[Service]\nEnvironment=LD_PRELOAD=${INSTALLED}\n`)
  await shell.run('systemctl daemon-reload')
  return {
    async [Symbol.asyncDispose]() {
      await shell.run(`rm ${DROP_IN}/slow-sync.conf && systemctl daemon-reload`)
    },
  }
}
