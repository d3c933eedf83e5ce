import t from 'tap'
import { channelNamed } from '../../../src/channel.ts'
import { SYMPTOMS, symptomFromCode, symptomToCode } from '../../../src/symptom/symptom.ts'

t.test('a symptom and how bad it is go both ways, within the range of their channel', async (t) => {
  const { min, max } = channelNamed('symptom')
  for (const symptom of SYMPTOMS) {
    for (const severity of [0, 5, 10]) {
      const code = symptomToCode({ symptom, severity })
      t.same(symptomFromCode(code), { symptom, severity })
      t.ok(code >= min && code <= max)
    }
  }
})

t.test('what stands for nothing is none', async (t) => {
  for (const code of [-1, 0.5, 11, 15, SYMPTOMS.length * 16, Number.NaN])
    t.equal(symptomFromCode(code), undefined)
  for (const severity of [-1, 11, 0.5])
    t.throws(() => symptomToCode({ symptom: 'pain', severity }), RangeError)
})
