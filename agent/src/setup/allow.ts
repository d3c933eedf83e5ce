import { chown, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { parseConfig } from '@hygeia/runtime/config-file'
import { AgentConfig } from '../config/config.ts'
import { SetupError } from './errors.ts'
import type { Machine } from './machine.ts'

/** Where a system's own additions to the agent's unit lie. */
export const UNIT_DROP_INS = '/etc/systemd/system/hygeia-agent.service.d'
/** sd_booted(3) */
const SYSTEMD = '/run/systemd/system'
const NPM = '/usr/bin/npm'
const OWN_MODULES = '/var/lib/hygeia-agent/editor/node_modules'

/** Something that is locked until its owner opens it. */
interface Opening {
  readonly opens: string
  /** A switch of the editor's, in the configuration. */
  readonly setting?: keyof AgentConfig['editor']['allow']
  /** A group without which the unit would not start. */
  readonly group?: { readonly name: string; readonly from: string }
  /** What the unit is told besides. */
  readonly unit?: string
}

// Modules come from anywhere, and what is native in them is mapped to be run.
const FETCHING = `[Service]
IPAddressAllow=any
ExecPaths=-${OWN_MODULES}
`

// A device class is looked up when the unit starts: its driver must be there before a plug is.
const SERIAL = `[Unit]
Wants=modprobe@usbserial.service modprobe@cdc_acm.service modprobe@rfcomm.service
After=modprobe@usbserial.service modprobe@cdc_acm.service modprobe@rfcomm.service

[Service]
SupplementaryGroups=dialout
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
DeviceAllow=char-ttyAMA rw
DeviceAllow=char-ttyS rw
DeviceAllow=char-rfcomm rw
ExecPaths=-${OWN_MODULES}
`

// BlueZ is spoken to over D-Bus, whose socket programs look for below /var, which the unit hides.
const BLUETOOTH = `[Unit]
Wants=bluetooth.service
After=bluetooth.service

[Service]
SupplementaryGroups=bluetooth
RestrictAddressFamilies=AF_BLUETOOTH
BindReadOnlyPaths=-/run/dbus/system_bus_socket:/var/run/dbus/system_bus_socket
ExecPaths=-${OWN_MODULES}
`

export const OPENINGS = {
  palette: {
    opens: 'installing nodes from the editor, and the network to fetch them',
    setting: 'palette',
    unit: FETCHING,
  },
  modules: {
    opens: 'npm modules in function nodes, and the network to fetch them',
    setting: 'modules',
    unit: FETCHING,
  },
  http: { opens: 'HTTP nodes in flows, at /flows', setting: 'http' },
  serial: {
    opens: 'serial ports: those of USB, of the board, and of Bluetooth',
    group: { name: 'dialout', from: 'base-passwd' },
    unit: SERIAL,
  },
  bluetooth: {
    opens: 'Bluetooth, by way of BlueZ',
    group: { name: 'bluetooth', from: 'bluez' },
    unit: BLUETOOTH,
  },
} as const satisfies Record<string, Opening>
export type OpeningName = keyof typeof OPENINGS

export interface AllowOptions {
  readonly config: string
  /** Where additions to the unit go. */
  readonly dropIns: string
}

/** What is locked by default, and opened for whoever needs it. */
export class Allowing {
  readonly #options: AllowOptions
  readonly #machine: Machine

  constructor(options: AllowOptions, { machine }: { readonly machine: Machine }) {
    this.#options = options
    this.#machine = machine
  }

  /** Which are open. @throws {RuntimeError} when the configuration cannot be read */
  async open(): Promise<readonly OpeningName[]> {
    const { editor } = (await this.#read()).config
    return namesOf(OPENINGS).filter((name) => {
      const { setting }: Opening = OPENINGS[name]
      return setting === undefined ? this.#machine.has(this.#dropIn(name)) : editor.allow[setting]
    })
  }

  /**
   * Open or lock each of `names`.
   *
   * @returns what is to be known about it, a line each
   * @throws {SetupError} `GROUP_MISSING` where the unit could not start with it; nothing has changed then
   */
  async set(names: readonly OpeningName[], isOpen: boolean): Promise<readonly string[]> {
    const notes: string[] = []
    const openings = names.map((name) => ({ name, ...(OPENINGS[name] as Opening) }))
    if (isOpen) for (const { group } of openings) await this.#checkGroup(group)
    const settings = openings.flatMap(({ setting }) => setting ?? [])
    if (settings.length > 0) await this.#write(settings, isOpen)
    const dropIns = openings.flatMap(({ name, unit }) => (unit === undefined ? [] : [{ name, unit }]))
    const hasUnit = this.#machine.has(SYSTEMD)
    if (dropIns.length > 0 && !hasUnit) {
      notes.push('This system does not run systemd: an agent that is run by hand is locked by no unit.')
    }
    if (dropIns.length > 0 && hasUnit) {
      for (const { name, unit } of dropIns) {
        await mkdir(this.#options.dropIns, { recursive: true })
        const header = `# hygeia-agent allow ${name}; taken back by hygeia-agent allow --revoke ${name}\n`
        if (isOpen) await writeAtomic(this.#dropIn(name), `${header}${unit}`, 0o644)
        else await rm(this.#dropIn(name), { force: true })
      }
      await this.#machine.run('systemctl', ['daemon-reload'])
    }
    if (isOpen && settings.some((one) => one !== 'http') && !this.#machine.has(NPM)) {
      notes.push('Fetching needs npm, which is not here: sudo apt install npm')
    }
    return notes
  }

  #dropIn(name: OpeningName): string {
    return join(this.#options.dropIns, `allow-${name}.conf`)
  }

  async #checkGroup(group: Opening['group']): Promise<void> {
    if (group === undefined) return
    try {
      await this.#machine.run('getent', ['group', group.name])
    } catch (cause) {
      const { name, from } = group
      throw new SetupError(
        `this system has no group ${name}: sudo apt install ${from}, then again`,
        { code: 'GROUP_MISSING', group: name },
        { cause },
      )
    }
  }

  async #read(): Promise<{ readonly text: string; readonly config: AgentConfig }> {
    const { config: path } = this.#options
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new SetupError(`cannot read ${path}: run setup first`, { code: 'NO_CONFIG', path }, { cause })
    })
    return { text, config: parseConfig(path, text, AgentConfig) }
  }

  /** Only these fields change: what else its owner wrote stays as it is. */
  async #write(settings: readonly string[], isOpen: boolean): Promise<void> {
    const { config: path } = this.#options
    const json = JSON.parse((await this.#read()).text)
    const allow = { ...json.editor?.allow, ...Object.fromEntries(settings.map((name) => [name, isOpen])) }
    const text = `${JSON.stringify({ ...json, editor: { ...json.editor, allow } }, undefined, 2)}\n`
    parseConfig(path, text, AgentConfig)
    const { mode, uid, gid } = await stat(path)
    await writeAtomic(path, text, mode & 0o777)
    await chown(path, uid, gid)
  }
}

export function namesOf(openings: typeof OPENINGS): readonly OpeningName[] {
  return Object.keys(openings) as OpeningName[]
}
