import { decode, encode } from '@ipld/dag-cbor'
import { base64urlnopad } from '@scure/base'
import t from 'tap'
import { MalformedError } from '../../../src/errors.ts'
import { formatEnrolment, parseEnrolment } from '../../../src/pairing/enrolment.ts'
import vectors from '../../vectors/pairing.json' with { type: 'json' }

const { text } = vectors.enrolment
const fields = decode<unknown[]>(base64urlnopad.decode(text.slice(8)))
const written = (value: unknown) => `hygeia1:${base64urlnopad.encode(encode(value))}`

t.test('whatever letter is mistyped or lost, there is no second way to write an enrolment', async (t) => {
  const changed = [...text].flatMap((letter, index) => {
    const [before, after] = [text.slice(0, index), text.slice(index + 1)]
    return [`${before}${letter === 'A' ? 'B' : 'A'}${after}`, `${before}${after}`, before]
  })
  const faults = changed.flatMap((each) => {
    try {
      return formatEnrolment(parseEnrolment(each)) === each ? [] : [each]
    } catch (cause) {
      return cause instanceof MalformedError ? [] : [String(cause)]
    }
  })
  t.same(faults, [], `${changed.length} changes`)
})

t.test('an enrolment that says nothing sensible is refused', async (t) => {
  const [hospital = []] = fields[4] as unknown[][]
  const wrong: Record<string, string> = {
    'another kind': text.replace('hygeia1', 'hygeia2'),
    'a book': `hygeia1:${'A'.repeat(5_000)}`,
    'a field less': written(fields.slice(1)),
    'no chain': written(fields.with(0, 0)),
    'no hospital': written(fields.with(4, [])),
    'nine hospitals': written(fields.with(4, Array(9).fill(hospital))),
    'a hospital without TLS': written(fields.with(4, [hospital.with(3, 'http://hospital.example')])),
    'a short secret': written(fields.with(5, new Uint8Array(15))),
  }
  for (const [name, each] of Object.entries(wrong))
    t.throws(() => parseEnrolment(each), { code: 'MALFORMED' }, name)
})
