import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { refusalSigner } from '@hygeia/protocol/device-link/refusal'
import { recoverAddress } from '@hygeia/protocol/signature'
import { type BadMessage, CAST } from '../../daemon/test/corpus/world.ts'
import { CoapDevice } from '../../daemon/test/link/support/coap-device.ts'
import { TestDevice } from '../../daemon/test/link/support/devices.ts'
import { hexDigest, MqttDevice, nameOf, namesDigest } from '../../daemon/test/link/support/mqtt-device.ts'
import { held, tallied } from './attack.ts'
import type { Stage } from './stage.ts'

const AGAIN_MS = 200

/** Put bad batches through the CoAP door, where nobody logs in. @returns how each was refused, in sum */
export async function byCoap(stage: Stage, messages: readonly BadMessage[]): Promise<string> {
  const door = await CoapDevice.open(Number(new URL(stage.hospital.endpoints.coap).port))
  try {
    const said: string[] = []
    for (const { name, bytes, expected } of messages) {
      let answer: Answer | undefined
      for (;;) {
        answer = decodeAnswers((await door.post('batch', bytes)).payload)[0]
        held(answer !== undefined && namesDigest(answer, hexDigest(bytes)), `${name}: no answer names it`)
        if (answer.kind !== 'busy' || expected.coap === 'busy') break
        await delay(AGAIN_MS)
      }
      said.push(told(stage, name, answer, expected.coap))
    }
    return tallied(said)
  } finally {
    door.close()
  }
}

/** The same from within a device's own session, as a thief of its key could. */
export async function byMqtt(stage: Stage, messages: readonly BadMessage[]): Promise<string> {
  const { world, hospital, client } = stage
  const device = new TestDevice(world.realm, CAST.device)
  const link = await MqttDevice.connect(
    {
      port: Number(new URL(hospital.endpoints.mqtt).port),
      ca: await hospital.ca(),
      hospital: world.hospital,
      nonce: async () => String((await client.ask('/v1/device-nonce')).json.nonce),
    },
    device,
  )
  try {
    const said: string[] = []
    for (const { name, bytes, expected } of messages) {
      let answer: Answer
      // Refusals are signed at so many a second; the rest is told to come again.
      for (;;) {
        link.answers.length = 0
        await link.publish('batch', bytes)
        answer = await link.answerTo(bytes)
        if (answer.kind !== 'busy' || expected.mqtt === 'busy') break
        await delay(AGAIN_MS)
      }
      said.push(told(stage, name, answer, expected.mqtt))
    }
    return tallied(said)
  } finally {
    await link.end()
  }
}

/** What was said to a batch, in its place among what has to be said. */
function told({ known }: Stage, name: string, answer: Answer, expected: string): string {
  held(nameOf(answer) === expected, `${name}: ${nameOf(answer)} in place of ${expected}`)
  if (answer.kind === 'refused') {
    const signer = refusalSigner(known.realm, answer.refusal, recoverAddress)
    held(signer === known.receiptKey, `${name}: the refusal is not the hospital's`)
  }
  return nameOf(answer)
}
