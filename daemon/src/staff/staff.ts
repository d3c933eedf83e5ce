import { stat } from 'node:fs/promises'
import type { Address } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import { readStaff, type StaffMember, type StaffRole } from './file.ts'

export interface StaffChange {
  readonly address: Address
  /** Undefined for who is listed no longer. */
  readonly role: StaffRole | undefined
}

export interface StaffDeps {
  /** Told of what is different since the file was last looked at; not of what it held at first. */
  readonly onChange: (change: StaffChange) => void
  readonly log: Logger
}

/** Who works here, as the operator has listed them: looked up each time, so that a change counts from the next request. */
export class Staff {
  readonly #path: string
  readonly #deps: StaffDeps
  #version: string | undefined
  #members: ReadonlyMap<Address, StaffMember> = new Map()
  #reading: Promise<void> | undefined

  constructor({ path }: { readonly path: string }, deps: StaffDeps) {
    this.#path = path
    this.#deps = deps
  }

  async roleOf(account: Address): Promise<StaffRole | undefined> {
    await this.look()
    return this.#members.get(account)?.role
  }

  /** Read the file where it has changed. */
  async look(): Promise<void> {
    this.#reading ??= this.#look().finally(() => {
      this.#reading = undefined
    })
    await this.#reading
  }

  async #look(): Promise<void> {
    const version = await versionOf(this.#path)
    if (version === this.#version) return
    const isFirst = this.#version === undefined
    const before = this.#members
    try {
      const staff = await readStaff(this.#path)
      this.#members = new Map(staff.map((member) => [member.address, member]))
    } catch (err) {
      // Nobody, rather than whoever it was before.
      this.#members = new Map()
      this.#deps.log.error({ err }, 'staff not read: nobody of them is let in')
    }
    this.#version = version
    if (isFirst) return
    for (const address of new Set([...before.keys(), ...this.#members.keys()])) {
      const role = this.#members.get(address)?.role
      if (role !== before.get(address)?.role) this.#deps.onChange({ address, role })
    }
  }
}

/** Differs whenever the file does: it is only ever replaced as a whole. */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found === undefined ? 'none' : `${found.ino}/${found.mtimeNs}/${found.size}`
}
