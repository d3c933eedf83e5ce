import { randomBytes } from 'node:crypto'
import { abi as anchorAbi } from '@hygeia/contracts/anchor'
import { abi as consentAbi } from '@hygeia/contracts/consent'
import { abi as directoryAbi } from '@hygeia/contracts/directory'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { fromHex, type Hex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { toContractSignature } from '@hygeia/protocol/signature'
import { GRANT_CONSENT, REGISTER_PATIENT } from '@hygeia/protocol/typed-data/chain'
import { Interface, JsonRpcProvider, Wallet } from 'ethers'
import { newPatient } from '../support/people.ts'
import { type Attack, GotThrough, held, refusedAs } from './attack.ts'

const row = 'replay, reordering, omission, forks'
const faces = [directoryAbi, consentAbi, anchorAbi].map((abi) => new Interface(abi))
const [directory, consent, anchor] = faces as [Interface, Interface, Interface]
const random32 = () => toHex(randomBytes(32)) as string as Hex32

const replayed: Attack = {
  row,
  does: 'signed statements sent again, bent, for another chain, or after their deadline',
  run: async ({ patient, known }) => {
    const { client, realm } = known
    const { identity } = patient
    const newcomer = newPatient(known)
    const { signer } = newcomer.identity
    const message = { patient: signer.address, ...once(known) }
    const signature = signStatement(newcomer.identity, known, REGISTER_PATIENT, message)
    const request = { kind: 'register-patient' as const, message, signature }
    const first = await client.relay(request)
    const again = await client.relay(request)
    held(again.transaction === first.transaction, 'the same statement made two transactions')
    const bent = { ...request, message: { ...message, nonce: message.nonce + 1n } }
    const elsewhere = signStatement(
      identity,
      { realm: { ...realm, chainId: realm.chainId + 1 } },
      REGISTER_PATIENT,
      {
        ...message,
        patient: identity.signer.address,
      },
    )
    const abroad = {
      ...request,
      message: { ...message, patient: identity.signer.address },
      signature: elsewhere,
    }
    const late = {
      patient: identity.signer.address,
      grant: random32(),
      accessEnd: 2_000_000_000,
      nonce: 1n,
      deadline: 1,
    }
    const expired = {
      kind: 'grant' as const,
      message: late,
      signature: signStatement(identity, known, GRANT_CONSENT, late),
    }
    const fresh = { patient: signer.address, ...once(known) }
    const twice = {
      kind: 'register-patient' as const,
      message: fresh,
      signature: signStatement(newcomer.identity, known, REGISTER_PATIENT, fresh),
    }
    return [
      'again: the first transaction',
      await refusedAs('bent', client.relay(bent), 'STATEMENT_SIGNATURE'),
      await refusedAs('for another chain', client.relay(abroad), 'STATEMENT_SIGNATURE'),
      await refusedAs('late', client.relay(expired), 'STATEMENT_EXPIRED'),
      await refusedAs('registered twice', client.relay(twice), 'CONTRACT_REFUSED'),
    ].join(', ')
  },
}

const toContracts: Attack = {
  row,
  does: 'the same statements, anchors and votes sent to the contracts by a stranger',
  run: async (stage) => {
    const { known, hospital } = stage
    const { anchor: anchorAt, consent: consentAt } = (await stage.client.ask('/v1/realm')).json as Record<
      string,
      string
    >
    const provider = new JsonRpcProvider(hospital.endpoints.rpc, undefined, { staticNetwork: true })
    const stranger = new Wallet(toHex(randomBytes(32)), provider)
    const newcomer = newPatient(known)
    const message = { patient: newcomer.identity.signer.address, ...once(known) }
    const signature = signStatement(newcomer.identity, known, REGISTER_PATIENT, message)
    await known.client.relay({ kind: 'register-patient', message, signature })
    const spent = [message.patient, message.nonce, message.deadline, toContractSignature(fromHex(signature))]
    const forged = [message.patient, random32(), 2_000_000_000, message.nonce, message.deadline, spent[3]]
    const calls: readonly (readonly [string, Interface, string | undefined, Hex])[] = [
      ['a statement again', directory, known.realm.directory, call(directory, 'registerPatient', spent)],
      ['a grant that was not signed', consent, consentAt, call(consent, 'grant', forged)],
      ['an anchor', anchor, anchorAt, call(anchor, 'anchor', [0, random32(), 1, random32()])],
      [
        'an admission',
        directory,
        known.realm.directory,
        call(directory, 'admitPhysician', [stranger.address]),
      ],
    ]
    try {
      const codes: string[] = []
      for (const [what, face, to, data] of calls) {
        if (to === undefined) throw new Error('the realm names no contract')
        codes.push(await revertOf(what, face, provider.call({ from: stranger.address, to, data })))
      }
      const [, , , [, , to, data] = []] = calls
      const transaction = {
        to: to ?? null,
        data: data ?? '0x',
        nonce: 0,
        gasLimit: 200_000,
        gasPrice: 2_000_000_000n,
      }
      const raw = await stranger.signTransaction({ ...transaction, chainId: known.realm.chainId })
      const sent = await provider.send('eth_sendRawTransaction', [raw]).then(
        (hash: unknown) => hash,
        (cause: unknown) => cause,
      )
      held(sent instanceof Error, `a transaction of a stranger is taken: ${String(sent)}`)
      const asked = { jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] }
      const { error } = (await stage.client.ask('/v1/chain', { json: asked })).json as {
        error?: { message: string }
      }
      held(error !== undefined, 'the API sends transactions of strangers')
      return `${codes.join(', ')}; raw transactions: ${Object(Object(sent).info).error?.message ?? Object(sent).shortMessage}; by the API: ${error.message}`
    } finally {
      provider.destroy()
    }
  },
}

const call = (face: Interface, name: string, values: readonly unknown[]) =>
  face.encodeFunctionData(name, values) as Hex

/** Name of the contract's own error. */
async function revertOf(what: string, face: Interface, work: Promise<unknown>): Promise<string> {
  const cause: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (cause === undefined) throw new GotThrough(`${what}: the contract does not object`)
  const { data } = Object(cause) as { data?: unknown }
  const error = typeof data === 'string' ? face.parseError(data) : null
  if (error === null) throw new GotThrough(`${what}: no error of the contract`, { cause })
  return error.name
}

export const statements: readonly Attack[] = [replayed, toContracts]
