import { createHash } from 'node:crypto'
import type { Address } from '@hygeia/protocol/ids'
import { type DeviceClaims, signDeviceToken } from '@hygeia/protocol/login/device-token'
import { splitSignature } from '@hygeia/protocol/signature'
import type { IClientOptions } from 'mqtt'
import type { LoginRefusal } from '../../src/broker/login.ts'
import { CAST, seeded, type World } from './world.ts'

/** A CONNECT that is refused with return code 5. `nonce` is fresh. */
export interface BadLogin {
  readonly name: string
  readonly reason: LoginRefusal
  connect(nonce: string): IClientOptions
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Log-ins that get nobody in. @param usedNonce - one that somebody logged in with before */
export function badLogins({ hospital }: World, usedNonce: string): readonly BadLogin[] {
  const { device, other, suspended, unknown } = CAST
  const clientId = 'agent'
  const claims = (nonce: string, changes: Partial<DeviceClaims> = {}): DeviceClaims => ({
    device: device.address,
    hospital,
    clientId,
    nonce,
    ...changes,
  })
  const good = (nonce: string) => signDeviceToken(claims(nonce), device)
  const login = (
    name: string,
    reason: LoginRefusal,
    password: (nonce: string) => string | undefined,
    changes: IClientOptions = {},
  ): BadLogin => ({
    name,
    reason,
    connect: (nonce) => {
      const token = password(nonce)
      return {
        clientId,
        username: device.address,
        ...(token === undefined ? {} : { password: token }),
        ...changes,
      }
    },
  })
  /** A token whose parts are made by hand and then signed as they are. */
  const made = (header: unknown, payload: unknown) => {
    const text = `${encode(header)}.${encode(payload)}`
    const { rs } = splitSignature(device.sign(createHash('sha256').update(text).digest()))
    return `${text}.${Buffer.from(rs).toString('base64url')}`
  }
  const header = { alg: 'ES256K', typ: 'JWT' }
  const payload = (nonce: string) => ({ iss: device.address, aud: hospital, sub: clientId, jti: nonce })
  const none = (address: Address) => `0x${address.slice(2).toUpperCase()}`
  return [
    login('no password', 'LOGIN_TOKEN', () => undefined),
    login('empty password', 'LOGIN_TOKEN', () => ''),
    login('password of random bytes', 'LOGIN_TOKEN', () => seeded('password', 200).toString('latin1')),
    login('password of 60,000 bytes', 'LOGIN_TOKEN', () => 'a'.repeat(60_000)),
    login('token without a signature', 'LOGIN_TOKEN', (nonce) =>
      good(nonce).split('.').slice(0, 2).join('.'),
    ),
    login('token with four parts', 'LOGIN_TOKEN', (nonce) => `${good(nonce)}.x`),
    login('token cut off', 'LOGIN_TOKEN', (nonce) => good(nonce).slice(0, -4)),
    login('token of no algorithm', 'LOGIN_TOKEN', (nonce) =>
      made({ alg: 'none', typ: 'JWT' }, payload(nonce)),
    ),
    login('token of another algorithm', 'LOGIN_TOKEN', (nonce) =>
      made({ alg: 'HS256', typ: 'JWT' }, payload(nonce)),
    ),
    login('token without a nonce', 'LOGIN_TOKEN', () =>
      made(header, { iss: device.address, aud: hospital, sub: clientId }),
    ),
    login('token whose claims are a list', 'LOGIN_TOKEN', () => made(header, [])),
    login('token of an address in capitals', 'LOGIN_TOKEN', (nonce) =>
      made(header, { ...payload(nonce), iss: none(device.address) }),
    ),
    login('token signed by another device', 'LOGIN_TOKEN', (nonce) => signDeviceToken(claims(nonce), other)),
    login('token for another hospital', 'LOGIN_WRONG_HOSPITAL', (nonce) =>
      signDeviceToken(claims(nonce, { hospital: other.address }), device),
    ),
    login('token for another client', 'LOGIN_WRONG_DEVICE', (nonce) =>
      signDeviceToken(claims(nonce, { clientId: 'else' }), device),
    ),
    login('token of one device, name of another', 'LOGIN_WRONG_DEVICE', good, { username: other.address }),
    login('a name that is no address', 'LOGIN_WRONG_DEVICE', good, { username: 'admin' }),
    login('nonce that was used', 'LOGIN_NONCE', () => good(usedNonce)),
    login('nonce that was not given', 'LOGIN_NONCE', () => good('00'.repeat(24))),
    login('nonce of no length', 'LOGIN_NONCE', () => good('')),
    login(
      'a device that is bound to nobody',
      'LOGIN_UNKNOWN_DEVICE',
      (nonce) => signDeviceToken(claims(nonce, { device: unknown.address }), unknown),
      { username: unknown.address },
    ),
    login(
      'a device that was suspended',
      'LOGIN_SUSPENDED_DEVICE',
      (nonce) => signDeviceToken(claims(nonce, { device: suspended.address }), suspended),
      { username: suspended.address },
    ),
    login(
      'client id of 65 characters',
      'LOGIN_CLIENT_ID',
      (nonce) => signDeviceToken(claims(nonce, { clientId: 'c'.repeat(65) }), device),
      { clientId: 'c'.repeat(65) },
    ),
    login('a will', 'LOGIN_WILL', good, {
      will: { topic: `hygeia/1/${device.address}/batch`, payload: Buffer.from('x'), qos: 1, retain: false },
    }),
    login('a will for another device', 'LOGIN_WILL', good, {
      will: { topic: `hygeia/1/${other.address}/answer`, payload: Buffer.from('x'), qos: 0, retain: true },
    }),
  ]
}
