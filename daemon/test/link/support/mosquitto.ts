import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@hygeia/runtime/test/free-port'
import { until } from './until.ts'

const SHIPPED = fileURLToPath(new URL('../../../../packaging/daemon/mosquitto', import.meta.url))
const BINARY = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'].find(
  (path) => spawnSync(path, ['-h']).error === undefined,
)

/** Whether this machine has the broker that Debian ships. */
export const hasMosquitto = BINARY !== undefined

export interface MosquittoTls {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** A real Mosquitto with the configuration and the ACLs that are shipped; its ports and folder are the test's. */
export class Mosquitto {
  static readonly username = 'hygeia-daemon'
  static readonly password = 'between broker and daemon'
  readonly dir: string
  readonly devicePort: number
  readonly daemonPort: number
  #process: ChildProcess | undefined

  private constructor(dir: string, devicePort: number, daemonPort: number) {
    this.dir = dir
    this.devicePort = devicePort
    this.daemonPort = daemonPort
  }

  static async make(dir: string, { key, cert, ca }: MosquittoTls): Promise<Mosquitto> {
    await mkdir(dir, { recursive: true })
    const mosquitto = new Mosquitto(dir, await freePort(), await freePort())
    const at = (name: string) => join(dir, name)
    await writeFile(at('ca.pem'), ca)
    await writeFile(at('server.pem'), cert)
    await writeFile(at('server.key'), key)
    for (const name of ['devices.acl', 'daemons.acl']) await copyFile(join(SHIPPED, name), at(name))
    spawnSync('mosquitto_passwd', ['-c', '-b', at('passwd'), Mosquitto.username, Mosquitto.password])
    const shipped = await readFile(join(SHIPPED, 'hygeia.conf'), 'utf8')
    const conf = shipped
      .replaceAll('/etc/mosquitto/hygeia', dir)
      .replace(/^listener 8883$/m, `listener ${mosquitto.devicePort} 127.0.0.1`)
      .replace(/^listener 1883 /m, `listener ${mosquitto.daemonPort} `)
    const user = process.getuid?.() === 0 ? 'user root\n' : ''
    await writeFile(at('mosquitto.conf'), user + conf)
    await chmod(at('passwd'), 0o600)
    return mosquitto
  }

  /** Where daemons find it. */
  get url(): string {
    return `mqtt://127.0.0.1:${this.daemonPort}`
  }

  /** Where devices find it. */
  get publicUrl(): string {
    return `mqtts://127.0.0.1:${this.devicePort}`
  }

  async start(): Promise<void> {
    if (BINARY === undefined) throw new Error('no mosquitto here')
    const child = spawn(BINARY, ['-c', join(this.dir, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    this.#process = child
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended: ${said}`)
      return (await answers(this.devicePort)) && (await answers(this.daemonPort))
    })
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}
