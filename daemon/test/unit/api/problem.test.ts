import { CodedError, MalformedError } from '@hygeia/protocol/errors'
import t from 'tap'
import { ApiError, PROBLEMS, problemOf } from '../../../src/api/problem.ts'

t.test('an error is told by its code, and by the facts that its client may know', async (t) => {
  class Named extends CodedError<{
    readonly code: 'SIGNER_LIMIT'
    readonly retryAfterSec: number
    readonly secret: string
  }> {}
  const told = problemOf(new Named('no more', { code: 'SIGNER_LIMIT', retryAfterSec: 7, secret: 'x' }))
  t.same(told, {
    problem: {
      type: 'urn:hygeia:problem:SIGNER_LIMIT',
      title: 'Too many statements of one signer',
      status: 429,
      code: 'SIGNER_LIMIT',
    },
    retryAfterSec: 7,
  })
})

t.test('malformed input is told what is wrong with it', async (t) => {
  const { problem } = problemOf(new MalformedError('grant', 'not canonical DAG-CBOR'))
  t.match(problem, { status: 400, code: 'MALFORMED', what: 'grant', detail: 'grant: not canonical DAG-CBOR' })
})

t.test('what nobody foresaw is told as nothing but that', async (t) => {
  for (const cause of [
    new Error('/var/lib/secret'),
    { code: 'ENOENT', path: '/etc' },
    undefined,
    'text',
    { code: 'toString' },
  ]) {
    const { problem } = problemOf(cause)
    t.same(problem, {
      type: 'urn:hygeia:problem:INTERNAL',
      title: 'Something went wrong here',
      status: 500,
      code: 'INTERNAL',
    })
  }
})

t.test('every code has a status that says that it is a problem', async (t) => {
  for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
    t.ok(status >= 400 && status < 600 && title.length > 0, code)
  }
  t.equal(new ApiError('NOT_YOURS').message, PROBLEMS.NOT_YOURS.title)
})
