import t from 'tap'
import { CodedError, MalformedError } from '../../src/errors.ts'

t.test('an error carries its facts, its name and its cause', async (t) => {
  class SpoolError extends CodedError<{ readonly code: 'FULL'; readonly bytes: number }> {}
  const cause = new Error('no space')
  const error = new SpoolError('spool is full', { code: 'FULL', bytes: 7 }, { cause })
  t.match(error, { name: 'SpoolError', message: 'spool is full', code: 'FULL', detail: { bytes: 7 }, cause })
  t.ok(error instanceof Error)
})

t.test('malformed input names the format', async (t) => {
  const error = new MalformedError('receipt', 'too short')
  t.match(error, {
    name: 'MalformedError',
    message: 'receipt: too short',
    detail: { code: 'MALFORMED', what: 'receipt' },
  })
})
