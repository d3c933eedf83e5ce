import { chown, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { z } from 'zod'
import { StaffError } from './errors.ts'

/** `viewer` sees how the hospital is; `operator` also proposes, and approves what another proposed. */
export const STAFF_ROLES = ['viewer', 'operator'] as const
export type StaffRole = (typeof STAFF_ROLES)[number]

export interface StaffMember {
  readonly address: Address
  readonly role: StaffRole
  readonly added: UnixMs
}

const STAFF_LIMIT = 256
const Book = z.strictObject({
  version: z.literal(1),
  staff: z
    .array(
      z.strictObject({
        address: z
          .string()
          .regex(/^0x[0-9a-f]{40}$/, 'not 0x and 40 lower-case hex digits')
          .transform((text) => text as Address),
        role: z.enum(STAFF_ROLES),
        added: z
          .int()
          .min(0)
          .transform((ms) => ms as UnixMs),
      }),
    )
    .max(STAFF_LIMIT),
})

export const staffFileIn = (dataDir: string) => join(dataDir, 'staff.json')

/** @returns nobody where there is no file @throws {StaffError} `STAFF_UNREADABLE` */
export async function readStaff(path: string): Promise<readonly StaffMember[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (Object(cause).code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  })
  if (text === undefined) return []
  try {
    return Book.parse(JSON.parse(text)).staff
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** List `member`, or give it another role. @throws {StaffError} */
export async function addStaff(path: string, member: StaffMember): Promise<void> {
  const others = (await readStaff(path)).filter(({ address }) => address !== member.address)
  if (others.length >= STAFF_LIMIT) {
    throw new StaffError(`${STAFF_LIMIT} accounts are listed: remove some first`, {
      code: 'STAFF_LIMIT',
      limit: STAFF_LIMIT,
    })
  }
  await write(path, [...others, member])
}

/** @returns false when it was not listed @throws {StaffError} */
export async function removeStaff(path: string, address: Address): Promise<boolean> {
  const staff = await readStaff(path)
  const others = staff.filter((member) => member.address !== address)
  if (others.length === staff.length) return false
  await write(path, others)
  return true
}

async function write(path: string, staff: readonly StaffMember[]): Promise<void> {
  const { uid, gid } = await stat(dirname(path))
  await writeAtomic(path, `${JSON.stringify({ version: 1, staff }, undefined, 2)}\n`)
  // Who lists staff as root must not shut the daemon out.
  await chown(path, uid, gid)
}

function unreadable(path: string, cause: unknown): StaffError {
  return new StaffError(
    `${path} cannot be read: bring it back from a backup, or delete it and list the staff again`,
    { code: 'STAFF_UNREADABLE', path },
    { cause },
  )
}
