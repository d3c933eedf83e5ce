import t from 'tap'
import { decodeQuestion, isQuestionSigned } from '../../../src/device-link/question.ts'
import { refusalSigner, signRefusal } from '../../../src/device-link/refusal.ts'
import { fromHex, parseHex32 } from '../../../src/ids.ts'
import { keySigner, recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'
import vectors from '../../vectors/link.json' with { type: 'json' }

t.test('a question is signed by the device that it names, with all that it says', async (t) => {
  const question = decodeQuestion(fromHex(vectors.question.bytes))
  t.ok(isQuestionSigned(realm, question, recoverAddress))
  for (const field of ['from', 'to', 'labelSerial', 'headSequence', 'spoolBytes', 'at'] as const) {
    const changed = { ...question, [field]: question[field] + 1 }
    t.notOk(isQuestionSigned(realm, changed, recoverAddress), field)
  }
  t.notOk(isQuestionSigned({ ...realm, chainId: 1 }, question, recoverAddress), 'not on another chain')
})

t.test('how the device is, too, is its own word', async (t) => {
  const question = decodeQuestion(fromHex(vectors['question with standing'].bytes))
  const { standing } = question
  if (standing === undefined) throw new Error('it says nothing')
  t.ok(isQuestionSigned(realm, question, recoverAddress))
  for (const field of ['spoolHours', 'sensors', 'sensorsAway', 'labelKeyDays'] as const) {
    const changed = { ...question, standing: { ...standing, [field]: standing[field] + 1 } }
    t.notOk(isQuestionSigned(realm, changed, recoverAddress), field)
  }
  const { standing: _, ...silent } = question
  t.notOk(isQuestionSigned(realm, silent, recoverAddress), 'it cannot be left out')
})

t.test("a refusal is a hospital's word about some bytes, for one reason", async (t) => {
  const hospital = keySigner(new Uint8Array(32).fill(1))
  const digest = parseHex32(`0x${'0a'.repeat(32)}`)
  const refusal = signRefusal(realm, { hospital: hospital.address, digest, reason: 'FORKED' }, hospital)
  t.equal(refusalSigner(realm, refusal, recoverAddress), hospital.address)
  t.not(refusalSigner(realm, { ...refusal, reason: 'MALFORMED' }, recoverAddress), hospital.address)
  t.not(refusalSigner({ ...realm, chainId: 1 }, refusal, recoverAddress), hospital.address)
})
