import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { base64urlnopad } from '@scure/base'
import t from 'tap'
import { MalformedError } from '../../../src/errors.ts'
import { fromHex, parseAddress } from '../../../src/ids.ts'
import { signDeviceToken, verifyDeviceToken } from '../../../src/login/device-token.ts'
import { keySigner } from '../../../src/signature.ts'
import vectors from '../../vectors/link.json' with { type: 'json' }

const { key, token, claims } = vectors['device token']
const signer = keySigner(fromHex(key))
const [header = '', payload = '', signature = ''] = token.split('.')
const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The device's key as OpenSSL holds it: SEC 1 in PKCS #8 without its wrapping. */
const privateKey = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('302e0201010420', 'hex'),
    fromHex(key),
    Buffer.from('a00706052b8104000a', 'hex'),
  ]),
  format: 'der',
  type: 'sec1',
})

/** Signed by OpenSSL, in the lower half or not. */
function signedElsewhere(of: { header?: unknown; payload: unknown }, isLow = true): string {
  const signed = `${of.header === undefined ? header : text(of.header)}.${text(of.payload)}`
  for (;;) {
    const made = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    // Clear of the middle, n/2 = 0x7fff…, on the side that is wanted.
    const top = made.readUInt8(32)
    if (isLow ? top < 0x70 : top >= 0x80) return `${signed}.${made.toString('base64url')}`
  }
}

const good = { iss: claims.device, aud: claims.hospital, sub: 'bed 12', jti: 'once' }

t.test('OpenSSL verifies our tokens, and we those that it signs', async (t) => {
  const publicKey = { key: createPublicKey(privateKey), dsaEncoding: 'ieee-p1363' } as const
  t.ok(verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, base64urlnopad.decode(signature)))
  t.same(verifyDeviceToken(signedElsewhere({ payload: good })), {
    device: claims.device,
    hospital: claims.hospital,
    clientId: 'bed 12',
    nonce: 'once',
  })
})

t.test('whatever letter is changed, a token is refused', async (t) => {
  const accepted = [...token].flatMap((letter, index) =>
    [letter === 'A' ? 'B' : 'A', letter === '_' ? '-' : '_', '']
      .map((other) => `${token.slice(0, index)}${other}${token.slice(index + 1)}`)
      .filter((changed) => {
        try {
          verifyDeviceToken(changed)
          return true
        } catch (cause) {
          return !(cause instanceof MalformedError)
        }
      }),
  )
  t.same(accepted, [])
})

t.test('what is no token of a device is refused', async (t) => {
  const bytes = base64urlnopad.decode(signature)
  const wrong: Record<string, string> = {
    nothing: '',
    'no signature': `${header}.${payload}.`,
    'an algorithm of none': signedElsewhere({ header: { alg: 'none', typ: 'JWT' }, payload: good }),
    'a header in another order': signedElsewhere({ header: { typ: 'JWT', alg: 'ES256K' }, payload: good }),
    'a fourth part': `${token}.`,
    'a book': signedElsewhere({ payload: { ...good, sub: 'a'.repeat(1_000) } }),
    'no claims': signedElsewhere({ payload: null }),
    'a claim missing': signedElsewhere({ payload: { ...good, jti: undefined } }),
    'a claim that is no text': signedElsewhere({ payload: { ...good, sub: 1 } }),
    'a client that is no text': signedElsewhere({ payload: { ...good, aud: 1 } }),
    'an issuer that is no text': signedElsewhere({ payload: { ...good, iss: 1 } }),
    'an issuer that is no device': signedElsewhere({ payload: { ...good, iss: 'me' } }),
    'another device': signedElsewhere({ payload: { ...good, iss: claims.hospital } }),
    's in the upper half': signedElsewhere({ payload: good }, false),
    'the bit that a compact signature has': `${header}.${payload}.${base64urlnopad.encode(bytes.with(32, Number(bytes[32]) | 0x80))}`,
  }
  for (const [name, each] of Object.entries(wrong)) {
    t.throws(() => verifyDeviceToken(each), { code: 'MALFORMED' }, name)
  }
})

t.test('a token names whoever signs it, or is refused', async (t) => {
  const token = (device: string) =>
    signDeviceToken(
      { device: parseAddress(device), hospital: parseAddress(claims.hospital), clientId: 'c', nonce: 'n' },
      signer,
    )
  t.equal(verifyDeviceToken(token(signer.address)).device, signer.address)
  t.throws(() => verifyDeviceToken(token(claims.hospital)), { code: 'MALFORMED' })
})
