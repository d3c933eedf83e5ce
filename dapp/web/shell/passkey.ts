import { fromHex, type Hex, toHex } from '@hygeia/protocol/ids'
import type { PasskeyQuestion } from '../worker/vault.ts'

const TIMEOUT_MS = 120_000

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const source = (hex: Hex) => Uint8Array.from(fromHex(hex))

/** Whether this browser can have an authenticator yield a secret. */
export async function canPasskey(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined') return false
  const can = await PublicKeyCredential.getClientCapabilities?.()
  return can?.['extension:prf'] ?? false
}

/**
 * Make a credential at an authenticator, and ask it for its secret.
 *
 * @throws {DOMException} `NotAllowedError` when it was cancelled; `NotSupportedError` when it has no secrets
 */
export async function makePasskey(
  account: string,
): Promise<{ question: PasskeyQuestion; secret: Uint8Array }> {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: random(32),
      rp: { name: 'Hygeia', id: location.hostname },
      user: { id: random(16), name: account, displayName: 'Hygeia' },
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -257 },
      ],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      timeout: TIMEOUT_MS,
      extensions: { prf: {} },
    },
  })
  if (!(made instanceof PublicKeyCredential)) throw new DOMException('no credential', 'NotAllowedError')
  const question = { credential: toHex(new Uint8Array(made.rawId)), salt: toHex(random(32)) }
  return { question, secret: await askPasskey(question) }
}

/**
 * Have an authenticator answer with its secret for this salt. @returns 32 bytes
 *
 * @see WebAuthn Level 3 §10.1.4, "Pseudo-random function extension"
 */
export async function askPasskey({ credential, salt }: PasskeyQuestion): Promise<Uint8Array> {
  const answered = await navigator.credentials.get({
    publicKey: {
      challenge: random(32),
      rpId: location.hostname,
      allowCredentials: [{ type: 'public-key', id: source(credential) }],
      userVerification: 'required',
      timeout: TIMEOUT_MS,
      extensions: { prf: { eval: { first: source(salt) } } },
    },
  })
  const results =
    answered instanceof PublicKeyCredential ? answered.getClientExtensionResults().prf?.results : undefined
  const first = results?.first
  if (first === undefined) throw new DOMException('no secret', 'NotSupportedError')
  return first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer)
}
