import { Patient } from '../support/people.ts'
import { type Case, highS, json, type Stage, ZEROS } from './case.ts'

/** Sign-ins. */

export async function signIns({ hospital, patient, stranger }: Stage): Promise<readonly Case[]> {
  const { realm, client } = hospital
  const nobody = new Patient({ realm, client })
  const to = '/v1/session'
  const signed = async (changes: object, by = patient) => {
    const message = await by.signInMessage(changes)
    return { message, signature: by.signMessage(message) }
  }
  const used = await signed({})
  await client.ask(to, { json: used })
  const fresh = await signed({})
  return [
    ['no message', 'INVALID_REQUEST', to, json({ signature: fresh.signature })],
    ['a message without end', 'INVALID_REQUEST', to, json({ ...fresh, message: 'x'.repeat(3_000) })],
    ['a message that is none', 'SIGN_IN_MALFORMED', to, json({ ...fresh, message: 'let me in' })],
    [
      'a sign-in for another host',
      'SIGN_IN_WRONG_DOMAIN',
      to,
      json(await signed({ domain: 'evil.example' })),
    ],
    ['a sign-in for another chain', 'SIGN_IN_WRONG_CHAIN', to, json(await signed({ chainId: 1 }))],
    ['a nonce that was not given', 'SIGN_IN_NONCE', to, json(await signed({ nonce: 'a'.repeat(48) }))],
    ['a nonce that was used', 'SIGN_IN_NONCE', to, json(used)],
    [
      'a sign-in that is over',
      'SIGN_IN_EXPIRED',
      to,
      json(await signed({ expirationTime: '2020-01-01T00:00:00Z' })),
    ],
    [
      'a sign-in that is yet to come',
      'SIGN_IN_EXPIRED',
      to,
      json(await signed({ notBefore: '2099-01-01T00:00:00Z' })),
    ],
    [
      "somebody else's signature",
      'SIGN_IN_SIGNATURE',
      to,
      json({ ...fresh, signature: stranger.signMessage(fresh.message) }),
    ],
    ['a high s', 'SIGN_IN_SIGNATURE', to, json({ ...fresh, signature: highS(fresh.signature) })],
    ['a signature of zeros', 'SIGN_IN_SIGNATURE', to, json({ ...fresh, signature: ZEROS })],
    ['a signature that is too short', 'INVALID_REQUEST', to, json({ ...fresh, signature: '0x00' })],
    ['an account that is not registered', 'NOT_REGISTERED', to, json(await signed({}, nobody))],
  ]
}
