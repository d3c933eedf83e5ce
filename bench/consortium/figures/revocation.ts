import { setTimeout as delay } from 'node:timers/promises'
import { HospitalError, isRefusal } from '@hygeia/dapp/hospital/errors'
import type { Place } from '@hygeia/dapp/hospital/place'
import { signStatement } from '@hygeia/dapp/hospital/statement'
import { checkPhysician, giveGrant } from '@hygeia/dapp/patient/grant'
import { type Patient, patientAt } from '@hygeia/dapp/patient/patient'
import { askProxy, type Question } from '@hygeia/dapp/physician/ask'
import { type Physician, physicianAt, registerPhysician } from '@hygeia/dapp/physician/physician'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import { REVOKE_CONSENT } from '@hygeia/protocol/typed-data/chain'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { newPhysician } from '@hygeia/test/people'
import { until } from '@hygeia/test/until'
import { FleetDevice, nativeSigner, noisyWindow } from '../../fleet.ts'
import { deliver } from '../../load/deliver.ts'
import type { Finding } from '../../report/figure.ts'
import { PERIOD_SEC } from '../../report/published.ts'
import { step } from '../../report/step.ts'
import type { ConsortiumBench } from '../context.ts'
import type { Trio } from '../trio/trio.ts'

const TIMES = 5
/** Between two questions to one proxy: how exact an instant is. */
const LOOK_MS = 50
/** No divisor of the period, so that revocations come at every phase of a block. */
const APART_MS = 1_700
const LIMIT_MS = 60_000
/** A hospital that has just let a physician in may be some blocks behind. */
const KNOWN_LIMIT_MS = 120_000
const AIM = { atMost: PERIOD_SEC + 1 }

/**
 * From a revocation being handed to one hospital's relay until no proxy of the grant re-encrypts any more: the others
 * hear of it from the chain alone.
 */
export async function revocation(bench: ConsortiumBench): Promise<Finding> {
  const trio = await bench.trio()
  const bed = await step('a batch, a patient and a physician', (tell) => prepared(trio, tell))
  const relayed: number[] = []
  const others: number[] = []
  for (let time = 1; time <= TIMES; time++) {
    await step(`a grant, and its revocation, ${time} of ${TIMES}`, async () => {
      const question = await granted(bed)
      await delay(time * APART_MS)
      const [home, ...further] = await revoked(bed, question)
      if (home === undefined) throw new Error('a grant without proxies')
      relayed.push(home)
      others.push(Math.max(...further))
    })
  }
  const list = (values: readonly number[]) => values.map((seconds) => seconds.toFixed(2)).join(', ')
  return {
    figures: [
      {
        name: 'revocation effective at all proxies',
        measured: Math.max(...relayed, ...others),
        unit: 's',
        aim: AIM,
        note: `worst of ${list(others)} s after one relay was told`,
      },
      {
        name: '  at the hospital that was told',
        measured: Math.max(...relayed),
        unit: 's',
        note: list(relayed),
      },
    ],
  }
}

interface Bed {
  readonly patient: Patient
  readonly physician: Physician
  readonly cid: string
  readonly from: UnixMs
}

async function prepared(trio: Trio, tell: (how: string) => void): Promise<Bed> {
  const [first] = trio.members
  if (first === undefined) throw new Error('a consortium of nobody')
  const [home, ...others] = trio.known
  const [device] = await first.enrolled(1, tell)
  if (device === undefined) throw new Error('no device')
  const { identity, state } = device.patient
  const patient = patientAt(identity, home, state, others)
  const physician = physicianAt(newPhysician(home).identity, home, others)
  await registerPhysician(physician)
  const account = physician.identity.signer.address
  for (const { hospital } of trio.members) {
    // Once a majority is for it there is nothing left to vote on.
    if ((await home.directory.physician(account)).status !== 'active') await hospital.admit(account)
  }
  const from = (Date.now() - HOUR_MS) as UnixMs
  const fleet = new FleetDevice(home.realm, device.labelKeys, nativeSigner(device.key))
  const piece = fleet.seal(noisyWindow(from, fleet.boot), from)
  await deliver(first.target, fleet, [piece])
  return { patient, physician, cid: formatCid(piece.cid), from }
}

/** A new grant that every proxy has answered under. */
async function granted({ patient, physician, cid, from }: Bed): Promise<Question> {
  const checked = await checkPhysician(patient, physician.identity.signer.address)
  const label = formatLabel({ category: 'vitals', month: monthOf(from), generation: 0 })
  const terms = { labels: [label], dataFrom: (from - HOUR_MS) as UnixMs, dataTo: (from + HOUR_MS) as UnixMs }
  const accessTo = (Date.now() + DAY_MS) as UnixMs
  const held = await giveGrant(patient, { physician: checked, ...terms, accessTo })
  const { signer } = physician.identity
  const question = { signer, realm: patient.hospital.realm, held, cids: [cid] }
  for (const place of physician.hospitals) {
    const isAnswered = async () => (await ask(question, place)) === 'answers'
    await until(`${place.hospital.client.transport.base} answers`, isAnswered, KNOWN_LIMIT_MS)
  }
  return question
}

/** @returns seconds until each proxy refused for good, the one whose relay was told first */
async function revoked({ patient, physician }: Bed, question: Question): Promise<readonly number[]> {
  const { identity, hospital } = patient
  const message = { patient: identity.signer.address, grant: question.held.hash }
  const signature = signStatement(identity, hospital, REVOKE_CONSENT, message)
  const began = performance.now()
  const told = hospital.client.relay({ kind: 'revoke', message, signature })
  const refused = physician.hospitals.map(async (place) => {
    while ((await ask(question, place)) !== 'refuses') {
      if (performance.now() - began > LIMIT_MS) throw new Error('a revocation without effect')
      await delay(LOOK_MS)
    }
    return (performance.now() - began) / 1_000
  })
  const seconds = await Promise.all(refused)
  await told
  return seconds
}

async function ask(question: Question, place: Place): Promise<'answers' | 'refuses' | 'later'> {
  try {
    const { cfrags } = await askProxy(question, place, AbortSignal.timeout(LIMIT_MS))
    return cfrags.size > 0 ? 'answers' : 'later'
  } catch (cause) {
    if (isRefusal(cause, 'GRANT_REVOKED')) return 'refuses'
    if (cause instanceof HospitalError) return 'later'
    throw cause
  }
}
