import { coefficientBytes, toReport, toVitals } from '@hygeia/agent/drivers/max32664/convert'
import t from 'tap'

const report = (...bytes: number[]) => Uint8Array.of(...bytes)

t.test('the sample of the user guide reads as the user guide says', async (t) => {
  // UG6806 Rev 3 table 8: heart rate 63.0, confidence 99, SpO2 99.6, state 3.
  t.same(toReport(report(0x02, 0x76, 0x63, 0x03, 0xe4, 0x03)), {
    heartRate: 63,
    confidence: 99,
    spo2: 99.6,
    finger: 'finger',
  })
})

t.test('tenths come out as they are written', async (t) => {
  for (let tenths = 0; tenths <= 3_000; tenths++) {
    const { heartRate } = toReport(report(tenths >> 8, tenths & 0xff, 99, 0x03, 0xe4, 3))
    if (heartRate !== Number(`${Math.floor(tenths / 10)}.${tenths % 10}`)) t.fail(`${tenths} tenths`)
  }
})

t.test('what cannot be a report is refused', async (t) => {
  t.throws(() => toReport(report(0, 0, 0, 0, 0)), { code: 'BAD_REPORT', detail: { bytes: 5 } })
  t.throws(() => toReport(report(0, 0, 0, 0, 0, 4)), { code: 'BAD_REPORT', detail: { state: 4 } })
})

t.test('a reading says why it has no value', async (t) => {
  const base = { heartRate: 63, confidence: 99, spo2: 99.6 } as const
  const both = (missing: string) => ({ 'heart-rate': { missing }, spo2: { missing } })
  t.same(toVitals({ ...base, finger: 'none' }, 70), both('probe-off'))
  t.same(toVitals({ ...base, finger: 'other-object' }, 70), both('probe-off'))
  t.same(toVitals({ ...base, finger: 'something' }, 70), both('not-yet'))
  t.same(toVitals({ ...base, finger: 'finger', confidence: 69 }, 70), both('ambiguous'))
  t.same(toVitals({ ...base, finger: 'finger', confidence: 70 }, 70), {
    'heart-rate': { value: 63 },
    spo2: { value: 99.6 },
  })
  t.same(toVitals({ ...base, finger: 'finger', spo2: 0 }, 70), {
    'heart-rate': { value: 63 },
    spo2: { missing: 'ambiguous' },
  })
  t.same(toVitals({ ...base, finger: 'finger', heartRate: 0 }, 70), {
    'heart-rate': { missing: 'ambiguous' },
    spo2: { value: 99.6 },
  })
})

t.test('coefficients are the bytes of the quick start guide', async (t) => {
  // UG7087 table 8, step 1.1.
  const hex = Buffer.from(coefficientBytes([1.5958422, -34.659664, 112.68987])).toString('hex')
  t.equal(hex, '00026f60ffcb1d1200abf37b')
  t.throws(() => coefficientBytes([0, 0, 30_000]), RangeError)
})
