import { decode } from '@ipld/dag-cbor'
import { base64urlnopad } from '@scure/base'
import t from 'tap'
import { Cddl } from '../support/cddl.ts'
import { batchCbor, formats } from '../support/vectors.ts'
import pairing from '../vectors/pairing.json' with { type: 'json' }

const enrolment = base64urlnopad.decode(pairing.enrolment.text.slice('hygeia1:'.length))
const documents = [
  ...formats,
  ...batchCbor.map(({ name, cbor }) => ({ name: `batch: ${name}`, cddl: ['batch/batch'], bytes: cbor })),
  { name: 'enrolment', cddl: ['pairing/enrolment'], bytes: enrolment },
]

for (const { name, cddl, bytes } of documents) {
  t.test(`the CDDL beside the codec describes the vector: ${name}`, async (t) => {
    const rules = new Cddl(cddl)
    const value = decode<unknown[]>(bytes)
    t.ok(rules.describes(value), 'as it is')
    t.notOk(rules.describes(value.slice(1)), 'not without its first field')
    t.notOk(rules.describes(value.slice(0, -1)), 'not without its last')
    t.notOk(rules.describes([...value, 0]), 'not with one more')
    for (const index of value.keys()) {
      t.notOk(rules.describes(value.with(index, 0.5)), `not with half a field ${index}`)
    }
  })
}
