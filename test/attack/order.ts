import type { Granted } from '@hygeia/dapp/patient/grant'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { parseCid } from '@hygeia/protocol/sealed/cid'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { forks } from '../../daemon/test/corpus/lies.ts'
import { CoapDevice } from '../../daemon/test/link/support/coap-device.ts'
import { openBatches } from '../support/opened.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { grantSpan } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { type Attack, held } from './attack.ts'
import { byCoap, byMqtt } from './doors.ts'
import type { Stage } from './stage.ts'

const row = 'replay, reordering, omission, forks'
const AROUND_MS = 10 * MINUTE_MS
const REPLAYS = 200

/** A device whose way to the hospital is in the attacker's hands: what of it arrives, and when. */
async function onTheWay(stage: Stage, count: number) {
  const device = await RawDevice.bind(stage.patient, stage.hospital, 'mqtt')
  device.connect()
  const batches = Array.from({ length: count }, () => device.seal())
  const pass = async (...places: readonly number[]) => {
    for (const place of places) {
      const batch = batches[place]
      if (batch === undefined) throw new RangeError(`no batch ${place}`)
      await until('a batch is taken', () => device.deliver(batch))
    }
    for (const place of places) {
      const { cid } = batches[place] ?? { cid: '' }
      await until('it has its receipt', () => stage.known.client.receipt(cid))
    }
  }
  return { device, batches, pass }
}

/** What the physician has of one device: sequences in order, and batches that are named and not there. */
async function asOpened(stage: Stage, granted: Granted, device: RawDevice) {
  const { batches } = await openBatches(stage.physician, granted, around())
  const own = batches.filter(({ header }) => header.device === device.signer.address)
  const cids = new Set(own.map(({ cid }) => cid))
  const missing = own.filter(({ header: { prev } }) => {
    return prev !== undefined && ![...cids].some((cid) => Buffer.compare(parseCid(cid), prev) === 0)
  })
  return {
    sequences: own.map(({ header }) => header.sequence),
    missing: missing.map(({ header }) => header.sequence - 1),
  }
}

const around = () => {
  const now = Date.now()
  return { from: (now - AROUND_MS) as UnixMs, to: (now + AROUND_MS) as UnixMs }
}

const replay: Attack = {
  row,
  does: `a batch that was overheard, sent ${REPLAYS} times more by somebody else`,
  run: async (stage, tell) => {
    const { device, batches, pass } = await onTheWay(stage, 1)
    const [batch] = batches as [RawBatch]
    await pass(0)
    const first = await stage.known.client.receipt(batch.cid)
    const thief = await CoapDevice.open(Number(new URL(stage.hospital.endpoints.coap).port))
    try {
      for (let time = 1; time <= REPLAYS; time++) {
        const [answer] = decodeAnswers((await thief.post('batch', batch.block)).payload)
        held(answer?.kind === 'receipts', `sent again, it was ${answer?.kind ?? 'taken'}`)
        held(answer.anchor.root === first?.anchor.root, 'another receipt was given')
        tell(time / REPLAYS, `${time} times`)
      }
    } finally {
      thief.close()
      await device.finish()
    }
    const granted = await grantSpan(stage, around())
    const { sequences } = await asOpened(stage, granted, device)
    held(sequences.length === 1, `the physician has it ${sequences.length} times`)
    return 'the receipt of the first time; held, and opened, once'
  },
}

const reorder: Attack = {
  row,
  does: 'batches handed on in another order',
  run: async (stage) => {
    const { device, pass } = await onTheWay(stage, 5)
    await pass(3, 1, 4, 2, 0)
    await device.finish()
    const { sequences, missing } = await asOpened(stage, await grantSpan(stage, around()), device)
    held(String(sequences) === '1,2,3,4,5', `opened as ${sequences}`)
    held(missing.length === 0, `missing: ${missing}`)
    return 'all taken; opened as 1, 2, 3, 4, 5, each naming the one before it'
  },
}

const withhold: Attack = {
  row,
  does: 'batches withheld on the way',
  run: async (stage) => {
    const { device, pass } = await onTheWay(stage, 5)
    await pass(0, 1, 3)
    await device.ask(1, 0)
    const { address } = device.signer
    const state = await until('the device has said how far it is', async () => {
      const found = (await stage.patient.account.devices()).find((one) => one.device === address)
      return (found?.headSequence ?? 0) > 0 && found
    })
    const { sequences, missing } = await asOpened(stage, await grantSpan(stage, around()), device)
    held(String(missing) === '3', `batch 3 is away and nothing says so; opened ${sequences}`)
    held(state.headSequence === 5, `the device said 5, the patient is told ${state.headSequence}`)
    await pass(2, 4)
    await device.finish()
    const whole = await asOpened(stage, await grantSpan(stage, around()), device)
    held(whole.missing.length === 0 && whole.sequences.length === 5, 'it is not whole in the end')
    return 'batch 4 names one that is not there, the signed status says 5; whole once they come'
  },
}

const fork: Attack = {
  row,
  does: 'a second history by a copy of the device (two batches of one sequence, two successors of one)',
  run: async (stage) => {
    const door = await CoapDevice.open(Number(new URL(stage.hospital.endpoints.coap).port))
    const pairs = forks(stage.world)
    try {
      for (const { first } of pairs) await door.post('batch', first)
    } finally {
      door.close()
    }
    const bad = pairs.map((pair) => pair.bad)
    return `${await byMqtt(stage, bad)}, by CoAP too (${await byCoap(stage, bad)}); kept as evidence`
  },
}

export const disorders: readonly Attack[] = [replay, reorder, withhold, fork]
