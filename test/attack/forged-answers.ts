import { hash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { CoapDoor } from '@hygeia/daemon/coap/door'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { decodeQuestion } from '@hygeia/protocol/device-link/question'
import { signRefusal } from '@hygeia/protocol/device-link/refusal'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { signAnchor } from '@hygeia/protocol/receipt/receipt'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { keySigner } from '@hygeia/protocol/signature'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import { Registry } from 'prom-client'
import { DeviceProcess } from '../support/device.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { until } from '../support/until.ts'
import { type Attack, held } from './attack.ts'
import type { Stage } from './stage.ts'

const ENOUGH = 10
const random32 = () => toHex(randomBytes(32)) as string as Hex32

/** A hospital that is none: it takes everything, and answers with forged receipts, refusals and label keys. */
class FalseHospital {
  readonly door: CoapDoor
  readonly #stage: Stage
  readonly #signer = keySigner(randomBytes(32))
  readonly #batches: BatchLeaf[] = []

  constructor(stage: Stage) {
    this.#stage = stage
    const ingest = {
      batch: async (bytes: Uint8Array) => this.#take(bytes),
      question: async (bytes: Uint8Array) => this.#answers(decodeQuestion(bytes).device),
    }
    this.door = new CoapDoor(
      { host: '127.0.0.1', port: 0, perAddressPerSecond: 1_000 },
      {
        ingest,
        incidents: { note: () => {} },
        clock: systemClock,
        log: createLog('false-hospital', 'silent'),
        metrics: new Registry(),
      },
    )
  }

  #take(bytes: Uint8Array): readonly Answer[] {
    const { device, incarnation, sequence } = decodeSealed(bytes)
    const digest = hash('sha256', bytes, 'buffer')
    this.#batches.push({ device, incarnation, sequence, digest })
    return []
  }

  #answers(device: Address): readonly Answer[] {
    const { known, patient } = this.#stage
    const { realm, hospital } = known
    const keys = [...patient.state.serials.keys()]
    const forgedKeys = signLabelKeys(
      realm,
      {
        patient: patient.identity.signer.address,
        device,
        serial: 1_000 + keys.length,
        keys: [{ label: this.#stage.label, publicKey: publicKey(randomSecretKey()) }],
      },
      this.#signer,
    )
    const leaves = this.#batches.slice(-8)
    return [
      { kind: 'label-keys', labelKeys: forgedKeys },
      ...leaves.flatMap((leaf): Answer[] => {
        const statement = {
          hospital,
          root: toHex(batchLeafHash(leaf)) as string as Hex32,
          count: 1,
          manifest: random32(),
          transaction: random32(),
          blockNumber: 1,
          blockHash: random32(),
        }
        const refusal = {
          hospital,
          digest: toHex(leaf.digest) as string as Hex32,
          reason: 'MALFORMED' as const,
        }
        return [
          {
            kind: 'receipts',
            anchor: signAnchor(realm, statement, this.#signer),
            proven: [{ leaf, proof: [] }],
          },
          { kind: 'refused', refusal: signRefusal(realm, refusal, this.#signer) },
        ]
      }),
    ]
  }
}

const forgedReceipts: Attack = {
  row: 'man in the middle',
  does: 'receipts, refusals and label keys forged to a bedside agent, by CoAP without DTLS',
  run: async (stage, tell) => {
    const liar = new FalseHospital(stage)
    await liar.door.start()
    const dir = join(stage.dir, 'agent')
    const config = noisyBedside({ dir, kind: 'coap', start: stage.world.now, speed: 20 })
    const elsewhere = { ...config, uplink: { ...config.uplink, url: `coap://127.0.0.1:${liar.door.port}` } }
    const agent = await DeviceProcess.init(dir, elsewhere)
    try {
      await agent.pair(stage.patient)
      agent.start()
      const status = await until('the agent has heard enough lies', async () => {
        const said = await agent.status()
        tell((said?.delivery?.receipts.forged ?? 0) / ENOUGH, 'lies told')
        return (said?.delivery?.receipts.forged ?? 0) >= ENOUGH && said
      })
      const { receipts, spool, labelKeys } = status.delivery ?? {}
      held(receipts?.count === 0, `${receipts?.count} forged receipts were believed`)
      held(spool?.dead === 0, `${spool?.dead} batches were given up for a forged refusal`)
      held(labelKeys?.serial === 1, `label keys of serial ${labelKeys?.serial} were believed`)
      await agent.process.stop()
      // The same agent on the true way loses nothing.
      await agent.configure(config)
      agent.start()
      const after = await until('its spool is delivered', async () => {
        const said = await agent.status()
        const found = said?.delivery
        return (found?.receipts.count ?? 0) >= (spool?.batches ?? 0) && found
      })
      return `${receipts?.forged} answers without a good signature; ${spool?.batches} batches stay in the spool, all have true receipts later (${after.receipts.count})`
    } finally {
      await agent.process.kill()
      await liar.door.stop()
    }
  },
}

export const forgedAnswers: readonly Attack[] = [forgedReceipts]
