import { access, chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REASON_LIMIT, type SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { EMERGENCY_RANGE_MS } from '@hygeia/protocol/grant/grant'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { readConfig } from '@hygeia/runtime/config-file'
import { z } from 'zod'
import { Pinned } from '../../src/hospital/known.ts'
import { type Keystore, parseKeystore } from '../../src/keys/keystore.ts'
import type { Role } from '../../src/keys/role.ts'
import type { OwnDeviceStore } from '../../src/manual/memory.ts'
import type { StateStore } from '../../src/patient/state.ts'
import { address, hex32, hexOfBytes, unixMs } from '../../src/schema.ts'
import { HostError, usage } from './errors.ts'
import { ownDeviceStore } from './own-device-store.ts'

const hospital = z.url({ protocol: /^https$/ })

const Broken = z.array(
  z.strictObject({
    physician: address,
    grant: hex32,
    reason: z.string().max(REASON_LIMIT),
    salt: hex32,
    expires: unixMs,
    signature: hexOfBytes(64),
  }),
)

/** What it takes to know a hospital while it is away. */
const hospitalKeys = {
  receiptKey: address,
  /** Umbral public key. */
  proxyKey: hexOfBytes(33),
  caHash: hex32,
}

/** Another hospital of the same consortium. */
const OtherHospital = z.strictObject({ hospital, ca: z.string(), pinned: Pinned, ...hospitalKeys })
export type OtherHospital = z.infer<typeof OtherHospital>

/** The hospital that commands are for when they do not name one, and the others of its consortium. */
const Profile = z.strictObject({
  version: z.literal(1),
  /** HTTPS origin. */
  hospital,
  /** Its certificate authority, PEM. */
  ca: z.string(),
  pinned: Pinned,
  keys: z.strictObject(hospitalKeys).optional(),
  others: z.array(OtherHospital).max(64).default([]),
})
export type Profile = z.infer<typeof Profile>

/** Where a user's keystores, state and profile lie: a folder that only the user can read. */
export class Folder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  keystorePath(role: Role): string {
    return join(this.path, `${role}.keystore.json`)
  }

  async keystore(role: Role): Promise<Keystore> {
    const path = this.keystorePath(role)
    const text = await readIfThere(path)
    if (text === undefined)
      throw usage(`there is no ${path}: run \`hygeia ${role} new\` or \`recover\` first`)
    return parseKeystore(text)
  }

  /** @throws {HostError} `FILE_EXISTS`: keys are never written over */
  async putKeystore(role: Role, keystore: Keystore): Promise<string> {
    const path = this.keystorePath(role)
    if (await exists(path)) {
      throw new HostError(`${path} exists: move it away first, or choose another folder with --dir`, {
        code: 'FILE_EXISTS',
        path,
      })
    }
    await this.#write(path, `${JSON.stringify(keystore, undefined, 2)}\n`)
    return path
  }

  async profile(): Promise<Profile | undefined> {
    const path = join(this.path, 'profile.json')
    return (await exists(path)) ? readConfig(path, Profile) : undefined
  }

  async putProfile(profile: Profile): Promise<void> {
    await this.#write(join(this.path, 'profile.json'), `${JSON.stringify(profile, undefined, 2)}\n`)
  }

  /** Glasses that this physician broke, newest first. */
  async broken(): Promise<readonly SignedBreakGlass[]> {
    const text = await readIfThere(this.#brokenPath)
    if (text === undefined) return []
    return Broken.parse(JSON.parse(text)).map((glass) => ({ ...glass, signature: fromHex(glass.signature) }))
  }

  /** Keep one: every request under its grant carries it. Those of a week ago are over. */
  async putBroken(glass: SignedBreakGlass): Promise<void> {
    const [, longest] = EMERGENCY_RANGE_MS
    const held = (await this.broken()).filter(({ expires }) => expires + longest > glass.expires)
    const file = [glass, ...held].map((one) => ({ ...one, signature: toHex(one.signature) }))
    await this.#write(this.#brokenPath, `${JSON.stringify(file, undefined, 2)}\n`)
  }

  get #brokenPath(): string {
    return join(this.path, 'physician.emergencies.json')
  }

  /** The patient's state, beside the keystore. */
  stateStore(): StateStore {
    const path = join(this.path, 'patient.state.json')
    return { read: () => readIfThere(path), write: (text) => this.#write(path, text) }
  }

  /** What the patient's own device knows of itself, beside the keystore. */
  ownDeviceStore(): OwnDeviceStore {
    const path = join(this.path, 'patient.device.json')
    const file = { read: () => readIfThere(path), write: (text: string) => this.#write(path, text) }
    return ownDeviceStore(file, `${path}.lock`)
  }

  async #write(path: string, text: string): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    await chmod(this.path, 0o700)
    await writeAtomic(path, text, 0o600)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  })
}
