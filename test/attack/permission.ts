import { randomBytes } from 'node:crypto'
import { signStatement } from '@hygeia/dapp/hospital/statement'
import {
  checkPhysician,
  type Granted,
  type GrantTerms,
  giveGrant,
  labelsOf,
} from '@hygeia/dapp/patient/grant'
import { type Physician, registerPhysician } from '@hygeia/dapp/physician/physician'
import type { Category } from '@hygeia/protocol/channel'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { type ReencryptionRequest, signRequest } from '@hygeia/protocol/request/request'
import { parseCid } from '@hygeia/protocol/sealed/cid'
import { REVOKE_CONSENT } from '@hygeia/protocol/typed-data/chain'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import { newPhysician } from '../support/people.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { until } from '../support/until.ts'
import { type Attack, held, refusedAs } from './attack.ts'
import type { Stage } from './stage.ts'

const row = 'revoked or expired physician; isolated proxy'

/** Three batches of the patient, stored. */
export async function someBatches({ patient, hospital, known }: Stage): Promise<{
  readonly device: RawDevice
  readonly batches: readonly RawBatch[]
}> {
  const device = await RawDevice.bind(patient, hospital, 'mqtt')
  device.connect()
  const batches = Array.from({ length: 3 }, () => device.seal())
  for (const batch of batches) {
    await until('a batch is taken', () => device.deliver(batch))
    await until('it has its receipt', () => known.client.receipt(batch.cid))
  }
  await device.finish()
  return { device, batches }
}

/** A grant over the last hour and the next. */
export async function grantOf(
  { patient, physician }: Pick<Stage, 'patient' | 'physician'>,
  categories: readonly Category[],
  changes: Partial<Pick<GrantTerms, 'dataFrom' | 'dataTo' | 'accessTo'>> = {},
): Promise<Granted> {
  const now = Date.now()
  const range = { dataFrom: (now - HOUR_MS) as UnixMs, dataTo: (now + HOUR_MS) as UnixMs, ...changes }
  return await giveGrant(patient, {
    physician: await checkPhysician(patient, physician.identity.signer.address),
    labels: labelsOf(patient.state.generations, range, categories),
    accessTo: (now + DAY_MS) as UnixMs,
    ...range,
  })
}

/** Ask the proxy by hand, as a client that minds no rule. @returns what to send again */
export function request(
  { hospital, identity }: Physician,
  grant: Hex32,
  batches: readonly Pick<RawBatch, 'cid'>[],
  changes: Partial<ReencryptionRequest> = {},
) {
  const cids = batches.map(({ cid }) => cid)
  const wanted: ReencryptionRequest = {
    physician: identity.signer.address,
    grant,
    batches: cids.map(parseCid),
    proxies: [hospital.hospital],
    nonce: toHex(randomBytes(32)) as string as Hex32,
    expires: (Date.now() + MINUTE_MS) as UnixMs,
    ...changes,
  }
  const signature = signRequest(hospital.realm, wanted, identity.signer)
  return { request: { ...wanted, batches: cids }, signature }
}

export const ask = ({ account }: Physician, signed: ReturnType<typeof request>) =>
  account.reencrypt(signed.request, signed.signature)

const revoked: Attack = {
  row,
  does: 'a physician whose grant was revoked goes on asking',
  run: async (stage) => {
    const { patient, physician, known } = stage
    const { batches } = await someBatches(stage)
    const granted = await grantOf(stage, ['vitals'])
    const before = await ask(physician, request(physician, granted.hash, batches))
    if (before.cfrags.length === 0) throw new Error('nothing opened before the revocation')
    const message = { patient: patient.identity.signer.address, grant: granted.hash }
    const revoking = known.client.revoke(
      message,
      signStatement(patient.identity, known, REVOKE_CONSENT, message),
    )
    const codes: string[] = []
    // Before the chain holds it, and after.
    codes.push(await until('the hospital has been told', () => refusal(stage, granted, batches)))
    await revoking
    codes.push(await refusal(stage, granted, batches))
    const blocks = await refusedAs(
      'listing',
      physician.account.batches({ grant: granted.hash, from: 0 as UnixMs, to: Date.now() as UnixMs }),
      'GRANT_REVOKED',
      'GRANT_UNKNOWN',
    )
    return `${codes[0]} before the chain has it, ${codes[1]} after; lists and blocks: ${blocks}`
  },
}

const refusal = ({ physician }: Stage, { hash }: Granted, batches: readonly RawBatch[]) =>
  refusedAs('the request', ask(physician, request(physician, hash, batches)), 'GRANT_REVOKED')

const expired: Attack = {
  row,
  does: 'a physician whose access has ended goes on asking',
  run: async (stage) => {
    const { physician } = stage
    const { batches } = await someBatches(stage)
    const end = (Math.ceil(Date.now() / SECOND_MS) * SECOND_MS + 5 * SECOND_MS) as UnixMs
    const granted = await grantOf(stage, ['vitals'], { accessTo: end })
    const before = await ask(physician, request(physician, granted.hash, batches))
    if (before.cfrags.length === 0) throw new Error('nothing opened before the end')
    return await until('access has ended', async () => {
      if (Date.now() < end + 2 * SECOND_MS) return undefined
      return refusedAs(
        'the request',
        ask(physician, request(physician, granted.hash, batches)),
        'GRANT_EXPIRED',
      )
    })
  },
}

const notGranted: Attack = {
  row,
  does: 'a physician asks for labels that were not granted',
  run: async (stage) => {
    // Somebody who was given nothing else.
    const physician = newPhysician(stage.known)
    await registerPhysician(physician)
    await stage.hospital.admit(physician.identity.signer.address)
    const { batches } = await someBatches(stage)
    const granted = await grantOf({ patient: stage.patient, physician }, ['alert'])
    const code = await refusedAs(
      'the request',
      ask(physician, request(physician, granted.hash, batches)),
      'OUTSIDE_GRANT',
    )
    const blocks = await physician.account.blocks(batches.map(({ cid }) => cid))
    held(
      blocks.every((block) => block === undefined),
      'the blocks themselves were given',
    )
    return `${code}; of the blocks none is given`
  },
}

const strangers: Attack = {
  row,
  does: "another physician's grant, a physician who was never admitted, a request sent twice or bent",
  run: async (stage) => {
    const { physician, known } = stage
    const { batches } = await someBatches(stage)
    const granted = await grantOf(stage, ['vitals'])
    const stranger = newPhysician(known)
    await registerPhysician(stranger)
    const good = request(physician, granted.hash, batches)
    await ask(physician, good)
    const again = await refusedAs('sent twice', ask(physician, good), 'REPLAYED')
    const others = await refusedAs(
      'a stranger',
      ask(stranger, request(stranger, granted.hash, batches)),
      'GRANT_UNKNOWN',
    )
    const bent = { ...good, request: { ...good.request, batches: good.request.batches.slice(1) } }
    const signature = await refusedAs('bent', ask(physician, bent), 'REQUEST_SIGNATURE')
    const named = await refusedAs('in the name of another', ask(stranger, good), 'NOT_YOURS')
    return `${others}, ${again}, ${signature}, ${named}`
  },
}

export const permissions: readonly Attack[] = [revoked, expired, notGranted, strangers]
