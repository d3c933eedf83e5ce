import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Place } from '@hygeia/dapp/hospital/place'
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
import { seconds } from '../demo/terminal.ts'
import { newPhysician } from '../support/people.ts'
import type { RawBatch } from '../support/raw-device.ts'
import { until } from '../support/until.ts'
import { type Attack, held, refusedAs, tallied } from './attack.ts'
import type { Sample, Stage } from './stage.ts'

const row = 'revoked or expired physician; isolated proxy'
const ACCESS_MS = 6 * SECOND_MS
/** Three periods of the chain, after which a proxy answers nobody, and one in which a request is under way. */
const STALE_MS = 4 * SECOND_MS

/** A grant over the last hour and the next. */
export async function grantOf(
  { patient, physician }: Pick<Stage, 'patient' | 'physician'>,
  categories: readonly Category[],
  changes: Partial<Pick<GrantTerms, 'dataFrom' | 'dataTo' | 'accessTo' | 'proxies'>> = {},
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

/** A request signed by hand, as of a client that minds no rule. */
export function request(
  { hospital, identity, hospitals }: Physician,
  grant: Hex32,
  batches: readonly Pick<RawBatch, 'cid'>[],
) {
  const cids = batches.map(({ cid }) => cid)
  const wanted: ReencryptionRequest = {
    physician: identity.signer.address,
    grant,
    batches: cids.map(parseCid),
    proxies: hospitals.map(({ hospital }) => hospital.hospital),
    nonce: toHex(randomBytes(32)) as string as Hex32,
    expires: (Date.now() + MINUTE_MS) as UnixMs,
  }
  const signature = signRequest(hospital.realm, wanted, identity.signer)
  return { request: { ...wanted, batches: cids }, signature }
}

/** Put it to one proxy. */
export const ask = ({ account }: Pick<Place, 'account'>, signed: ReturnType<typeof request>) =>
  account.reencrypt(signed.request, signed.signature)

/** Put fresh requests to every proxy; each has to refuse, for one of these reasons. */
async function refusedByAll(
  physician: Physician,
  { hash }: Pick<Granted, 'hash'>,
  { batches }: Sample,
  ...codes: readonly string[]
): Promise<string> {
  const answers = physician.hospitals.map((place) =>
    refusedAs('a proxy', ask(place, request(physician, hash, batches)), ...codes),
  )
  return tallied(await Promise.all(answers))
}

const revoked: Attack = {
  row,
  does: 'a physician whose grant was revoked goes on asking',
  run: async (stage) => {
    const { physician, sample } = stage
    const granted = await grantOf(stage, ['vitals'])
    await opensNow(physician, granted, sample)
    const began = performance.now()
    const revoking = revokeAt(stage, granted)
    const onSight = await until('the hospital has been told', () =>
      refusedAs('at once', ask(physician, request(physician, granted.hash, sample.batches)), 'GRANT_REVOKED'),
    )
    const sightMs = performance.now() - began
    const everywhere = await until('every proxy has seen it', () =>
      refusedByAll(physician, granted, sample, 'GRANT_REVOKED'),
    )
    const allMs = performance.now() - began
    await revoking
    const lists = await refusedAs(
      'listing',
      physician.account.batches({ grant: granted.hash, from: 0 as UnixMs, to: Date.now() as UnixMs }),
      'GRANT_REVOKED',
      'GRANT_UNKNOWN',
    )
    return `${onSight} after ${Math.round(sightMs)} ms where it was told, ${everywhere} after ${seconds(allMs)}; lists: ${lists}`
  },
}

/** What is refused later has to work first. */
async function opensNow(physician: Physician, { hash }: Granted, { batches }: Sample): Promise<void> {
  const { cfrags } = await ask(physician, request(physician, hash, batches))
  if (cfrags.length === 0) throw new Error('nothing opens even before')
}

const expired: Attack = {
  row,
  does: 'a physician whose access has ended goes on asking',
  run: async (stage) => {
    const { physician, sample } = stage
    const end = (Math.ceil(Date.now() / SECOND_MS) * SECOND_MS + ACCESS_MS) as UnixMs
    const granted = await grantOf(stage, ['vitals'], { accessTo: end })
    await opensNow(physician, granted, sample)
    return await until('access has ended', async () => {
      if (Date.now() < end) return undefined
      return refusedByAll(physician, granted, sample, 'GRANT_EXPIRED')
    })
  },
}

const notGranted: Attack = {
  row,
  does: 'a physician asks for labels that were not granted',
  run: async (stage) => {
    const { patient, sample, outsider: physician } = stage
    const granted = await grantOf({ patient, physician }, ['alert'])
    const { batches } = sample
    const code = await refusedByAll(physician, granted, sample, 'OUTSIDE_GRANT')
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
    const { physician, known, sample } = stage
    const { batches } = sample
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

const isolated: Attack = {
  row,
  does: 'a proxy cut off from the chain, so that it does not hear of a revocation',
  run: async (stage, tell) => {
    const { physician, hospitals, sample } = stage
    const [, , hospital] = hospitals
    const [, , place] = physician.hospitals
    if (hospital === undefined || place === undefined) throw new Error('three hospitals')
    const granted = await grantOf(stage, ['vitals'])
    await opensNow({ ...physician, ...place }, granted, sample)
    const geth = await childNamed(hospital.process.pid, 'geth')
    process.kill(geth, 'SIGSTOP')
    const stopped = performance.now()
    // Until its head is three periods old it cannot know; what it answers until then is bounded by that.
    let lastAnswerMs = 0
    try {
      await revokeAt(stage, granted)
      const code = await until('its head is too old', async () => {
        const elapsedMs = performance.now() - stopped
        tell(Math.min(elapsedMs / STALE_MS, 1), 'it hears of no block')
        const asked = ask(place, request(physician, granted.hash, sample.batches))
        return await refusedAs('it', asked, 'STALE_CHAIN').catch((cause: unknown) => {
          lastAnswerMs = elapsedMs
          throw cause
        })
      })
      held(lastAnswerMs <= STALE_MS, `it still answers ${seconds(lastAnswerMs)} after its last block`)
      return `${code}, ${seconds(performance.now() - stopped)} after its chain stood still at the latest`
    } finally {
      process.kill(geth, 'SIGCONT')
    }
  },
}

/** Revoke at a hospital that is not cut off. */
async function revokeAt({ patient, known }: Stage, { hash }: Granted): Promise<void> {
  const message = { patient: patient.identity.signer.address, grant: hash }
  await known.client.revoke(message, signStatement(patient.identity, known, REVOKE_CONSENT, message))
}

/** Process id of a child. @see proc_pid_task_tid_children(5) */
async function childNamed(pid: number, name: string): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  for (const child of children.trim().split(' ')) {
    if ((await readFile(`/proc/${child}/comm`, 'utf8')).trim() === name) return Number(child)
  }
  throw new Error(`${pid} has no child ${name}`)
}

export const permissions: readonly Attack[] = [revoked, expired, notGranted, strangers, isolated]
