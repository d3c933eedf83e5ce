import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import { verifyDeviceToken } from '@hygeia/protocol/login/device-token'

/** What a CONNECT packet says. */
export interface LoginRequest {
  readonly username: string | undefined
  readonly password: string | undefined
  readonly clientId: string
  readonly hasWill: boolean
}

export interface LoginDeps {
  /** Operator account of this hospital: a token for another is worth nothing here. */
  readonly hospital: Address
  readonly nonces: { take(nonce: string): boolean }
  readonly directory: {
    device(address: Address): { readonly status: 'bound' | 'suspended' } | undefined
    refresh(): Promise<void>
  }
}

export type LoginRefusal =
  | 'LOGIN_WILL'
  | 'LOGIN_CLIENT_ID'
  | 'LOGIN_TOKEN'
  | 'LOGIN_WRONG_DEVICE'
  | 'LOGIN_WRONG_HOSPITAL'
  | 'LOGIN_NONCE'
  | 'LOGIN_UNKNOWN_DEVICE'
  | 'LOGIN_SUSPENDED_DEVICE'
  /** The chain cannot be asked whether the device exists; it may try again. */
  | 'LOGIN_CHAIN_AWAY'

/** `device`: who it is, or, with a refusal, who was proven to have tried. */
export type Login =
  | { readonly device: Address }
  | { readonly refusal: LoginRefusal; readonly device: Address | undefined }

/** Most characters of a client id. */
export const CLIENT_ID_LIMIT = 64

/** Decide who logs in. */
export async function logIn(request: LoginRequest, deps: LoginDeps): Promise<Login> {
  const { username, password, clientId, hasWill } = request
  const refused = (refusal: LoginRefusal, device?: Address): Login => ({ refusal, device })
  if (hasWill) return refused('LOGIN_WILL')
  if (clientId.length === 0 || clientId.length > CLIENT_ID_LIMIT) return refused('LOGIN_CLIENT_ID')
  if (password === undefined) return refused('LOGIN_TOKEN')
  let claims: ReturnType<typeof verifyDeviceToken>
  try {
    claims = verifyDeviceToken(password)
  } catch (cause) {
    if (cause instanceof MalformedError) return refused('LOGIN_TOKEN')
    throw cause
  }
  const { device } = claims
  if (claims.hospital !== deps.hospital) return refused('LOGIN_WRONG_HOSPITAL', device)
  if (device !== username || claims.clientId !== clientId) return refused('LOGIN_WRONG_DEVICE', device)
  // Last of what costs nothing, because it uses the nonce up.
  if (!deps.nonces.take(claims.nonce)) return refused('LOGIN_NONCE', device)
  if (deps.directory.device(device) === undefined) {
    try {
      await deps.directory.refresh()
    } catch {
      return refused('LOGIN_CHAIN_AWAY', device)
    }
  }
  const standing = deps.directory.device(device)
  if (standing === undefined) return refused('LOGIN_UNKNOWN_DEVICE', device)
  if (standing.status === 'suspended') return refused('LOGIN_SUSPENDED_DEVICE', device)
  return { device }
}
