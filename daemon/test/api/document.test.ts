import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { codesIn, type Document, type Operation } from '../../src/api/document/examples.ts'
import { PROBLEMS, type Problem } from '../../src/api/problem.ts'
import { startHospital } from './support/hospital.ts'

const hospital = await startHospital()
t.teardown(() => hospital.destroy())
const { json } = await hospital.client.ask('/openapi.json')
const document = json as unknown as Required<Document>
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
)

const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ $id: 'https://hospital.example/openapi', ...document })
/** What of `value` is not as the shape at `pointer` in the document says. */
function faultsOf(value: unknown, pointer: readonly string[]): string {
  const ref = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
  const check = ajv.compile({ $ref: `https://hospital.example/openapi#/${ref.join('/')}` })
  return check(value) ? '' : ajv.errorsText(check.errors)
}

t.test('it is OpenAPI 3.1 by somebody else’s judgement', async (t) => {
  const result = await new Validator().validate(structuredClone(json))
  t.ok(result.valid, JSON.stringify(result.errors))
})

t.test('every route says in words what it is for, and who may use it', async (t) => {
  t.ok(operations.length >= 65, `${operations.length} routes`)
  for (const [name, operation] of operations) {
    const { summary, description, tags } = operation as Operation & Record<string, unknown>
    t.ok(String(summary ?? '').length > 5, `${name}: summary`)
    t.ok(String(description ?? '').length > 20, `${name}: description`)
    t.ok(Array.isArray(tags) && tags.length === 1, `${name}: tag`)
  }
})

/** Every shape of the document, with its example. */
function* shapes() {
  for (const [name, { parameters = [], requestBody, responses }] of operations) {
    const [method = '', path = ''] = name.split(' ')
    const at = ['paths', path, method]
    for (const [index, parameter] of parameters.entries()) {
      const pointer = [...at, 'parameters', String(index), 'schema']
      yield { where: `${name}: parameter ${parameter.name}`, pointer, media: parameter }
    }
    for (const [type, media] of Object.entries(requestBody?.content ?? {})) {
      const pointer = [...at, 'requestBody', 'content', type, 'schema']
      yield { where: `${name}: body`, pointer, media }
    }
    for (const [status, body] of Object.entries(responses).filter(([status]) => status < '300')) {
      for (const [type, media] of Object.entries(body.content ?? {})) {
        const pointer = [...at, 'responses', status, 'content', type, 'schema']
        yield { where: `${name}: ${status} ${type}`, pointer, media }
      }
    }
  }
}

t.test('every question and every answer has an example, which is as its shape says', async (t) => {
  for (const { where, pointer, media } of shapes()) {
    const { example } = media as { example?: unknown }
    t.not(example, undefined, `${where} has one`)
    t.equal(faultsOf(example, pointer), '', where)
  }
})

t.test('every route names each problem it has, and shows it as it is sent', async (t) => {
  for (const [name, { responses }] of operations) {
    const codes = Object.entries(responses)
      .filter(([status]) => status >= '400')
      .flatMap(([status, body]) => {
        const { examples = {} } = body.content?.['application/problem+json'] ?? {}
        for (const code of codesIn(body)) {
          const value = examples[code]?.value as Problem | undefined
          t.match(value, { code, status: Number(status), title: PROBLEMS[code].title }, `${name}: ${code}`)
          t.equal(faultsOf(value, ['components', 'schemas', 'Problem']), '', `${name}: ${code}`)
        }
        return codesIn(body)
      })
    for (const code of ['RATE_LIMITED', 'INTERNAL', 'BAD_REQUEST', 'INVALID_REQUEST'] as const) {
      t.ok(codes.includes(code), `${name}: ${code}`)
    }
  }
})

t.test('a route that is guarded says with what, and what comes of having none', async (t) => {
  for (const [name, operation] of operations) {
    const { security } = operation as { security?: readonly Record<string, unknown>[] }
    const schemes = (security ?? []).flatMap((one) => Object.keys(one))
    const codes = codesIn(operation.responses['401'] ?? {})
    if (schemes.includes('operator')) t.ok(codes.includes('OPERATOR_ONLY'), name)
    else if (schemes.includes('session')) t.ok(codes.includes('SIGNED_OUT'), name)
    else t.notOk(codes.includes('OPERATOR_ONLY') || codes.includes('SIGNED_OUT'), name)
  }
})
