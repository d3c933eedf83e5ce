import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { DaemonConfig } from '@hygeia/daemon/config/config'
import { Gathering } from '@hygeia/dapp/physician/gather'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { dealKfrags } from '@hygeia/protocol/umbral/kfrag'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { readConfig } from '@hygeia/runtime/config-file'
import type { BareStart } from '../bare/reencrypt.ts'
import type { Bench } from '../context.ts'
import { FleetDevice, nativeSigner, noisyWindow } from '../fleet.ts'
import { deliver } from '../load/deliver.ts'
import type { Finding } from '../report/figure.ts'
import { median } from '../report/spread.ts'
import { step } from '../report/step.ts'
import type { Ward } from '../ward/ward.ts'
import { grantedPhysician } from './physician.ts'

/** A day on which no other program has data of this patient. */
const DAYS_BACK = 25
/** Each under a data key of its own, so that each needs a cfrag of its own. */
const BATCHES = 1_440
/** Requests at the same time, as several physicians, or several pages, make them. */
const REQUESTS = 4
const TIMES = 3
const BARE = fileURLToPath(new URL('../bare/reencrypt.ts', import.meta.url))
const AIM = { atLeast: 80 }

/** cfrags a second through the API, against WebAssembly alone on as many threads. */
export async function reencryption(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  const { workers } = (await readConfig(ward.hospital.configFile, DaemonConfig)).reencrypt
  const { ask, bare } = await step(`${BATCHES} capsules, granted to a physician`, (tell) =>
    prepared(ward, tell),
  )
  const rates = { api: [] as number[], bare: [] as number[] }
  // In turns, so that whatever else this machine does meets both.
  for (let time = 1; time <= TIMES; time++) {
    await step(`re-encryption, ${time} of ${TIMES}`, async () => {
      rates.bare.push(await bareRate(bare, workers))
      rates.api.push(await apiRate(ask))
    })
  }
  const [api, alone] = [median(rates.api), median(rates.bare)]
  const each = (list: readonly number[]) => list.map((rate) => Math.round(rate)).join(', ')
  return {
    figures: [
      {
        name: 're-encryption through the API',
        measured: api,
        unit: '/s',
        note: `cfrags; ${each(rates.api)}`,
      },
      {
        name: '  of bare WebAssembly on as many threads',
        measured: (100 * api) / alone,
        unit: '%',
        aim: AIM,
        note: `${workers} threads, ${Math.round(alone)} cfrags a second; ${each(rates.bare)}`,
      },
    ],
  }
}

async function prepared(ward: Ward, tell: (how: string) => void) {
  const [device] = await ward.enrolled(1, tell)
  if (device === undefined) throw new Error('no device')
  const { patient, labelKeys, key } = device
  const from = (Math.floor((Date.now() - DAYS_BACK * DAY_MS) / DAY_MS) * DAY_MS) as UnixMs
  const fleet = new FleetDevice(ward.known.realm, labelKeys, nativeSigner(key))
  const window = noisyWindow(from, fleet.boot)
  const pieces = Array.from({ length: BATCHES }, (_, minute) => {
    fleet.renewDataKey()
    return fleet.seal(window, (from + minute * MINUTE_MS) as UnixMs)
  })
  await deliver(await ward.target(), fleet, pieces)
  const label = formatLabel({ category: 'vitals', month: monthOf(from), generation: 0 })
  const { physician, held } = await grantedPhysician(ward, patient, [label], from, (from + DAY_MS) as UnixMs)
  const cids = pieces.map(({ cid }) => formatCid(cid))
  const { identity } = patient
  const [kfrag] = dealKfrags({
    delegatingSecret: identity.labelSecret(label),
    receivingKey: physician.identity.receivingKey,
    signingSecret: identity.verifyingSecret,
    threshold: 1,
    shares: 1,
  })
  const publicKey = labelKeys.find((known) => known.label === label)?.publicKey
  if (kfrag === undefined || publicKey === undefined) throw new Error('no fragment')
  const bare: BareStart = {
    kfrag,
    keys: {
      verifyingKey: identity.verifyingKey,
      delegatingKey: publicKey,
      receivingKey: physician.identity.receivingKey,
    },
    capsules: pieces.map(({ block }) => decodeSealed(block).capsule),
  }
  const ask = async () => {
    const { signer } = physician.identity
    const answers = new Gathering({ signer, realm: ward.known.realm, held, cids }, [physician])
    return (await answers.answer(0))?.cfrags.size ?? 0
  }
  return { ask, bare }
}

async function apiRate(ask: () => Promise<number>): Promise<number> {
  const began = performance.now()
  const counts = await Promise.all(Array.from({ length: REQUESTS }, ask))
  const seconds = (performance.now() - began) / 1_000
  if (counts.some((count) => count !== BATCHES))
    throw new Error(`${counts} cfrags instead of ${BATCHES} each`)
  return (REQUESTS * BATCHES) / seconds
}

async function bareRate(start: BareStart, threads: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(BARE, { workerData: start }))
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const began = performance.now()
    const done = workers.map((worker) => once(worker, 'message'))
    for (const worker of workers) worker.postMessage('go')
    await Promise.all(done)
    return (threads * start.capsules.length) / ((performance.now() - began) / 1_000)
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
