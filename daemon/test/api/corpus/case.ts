import type { Hex } from '@hygeia/protocol/ids'
import type { Asked } from '../support/client.ts'
import type { Hospital } from '../support/hospital.ts'
import type { Scene } from '../support/scene.ts'

/** One thing that is wrong, and the code that names it. */
export type Case = readonly [name: string, code: string, path: string, asked: Asked]
export type Stage = Scene & { readonly hospital: Hospital }

/** Half of the curve's order, and one: the smallest s that is high. */
const HIGH_S = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1'
export const highS = (signature: string): Hex => `0x${signature.slice(2, 66)}${HIGH_S}`
export const ZEROS = `0x${'00'.repeat(64)}` as Hex

export const json = (body: unknown, token?: string): Asked => ({ json: body, token })
export const put = (cbor: Uint8Array, token?: string): Asked => ({ method: 'PUT', cbor, token })
export const typed = (type: string, raw: string | Uint8Array): Asked => ({
  raw,
  headers: { 'content-type': type },
})
