import { createHash } from 'node:crypto'
import { SHAPED, WORDS } from './words.ts'

/** As much of JSON Schema as the shapes of this API come to. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly pattern?: string
  readonly description?: string
  readonly minimum?: number
  readonly format?: string
}

export type Components = Readonly<Record<string, Schema>>

/** An instant of the year in which the examples play. */
const INSTANT_MS = Date.UTC(2026, 5, 1, 8)
const HEX = /^\^0x\[0-9a-f\]\{(\d+)\}\$$/
const PLAIN_HEX = /^\^\[0-9a-f\]\{(\d+)\}\$$/

/**
 * An example of what `schema` describes: its own, where it has one, else one that is put together from its parts. The
 * same schema under the same name gives the same example each time.
 *
 * @param name - of the property that holds it: two accounts in one example are two accounts
 * @returns undefined where nothing says what an example would be
 */
export function sampleOf(schema: Schema, components: Components, name = ''): unknown {
  if (schema.$ref !== undefined) {
    const target = components[schema.$ref.split('/').at(-1) ?? '']
    return target === undefined ? undefined : sampleOf(target, components, name)
  }
  if (schema.examples !== undefined) return schema.examples[0]
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const choices = schema.oneOf ?? schema.anyOf
  if (choices?.[0] !== undefined) return sampleOf(choices[0], components, name)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objectOf(schema, components)
    case 'array':
      return schema.items === undefined ? [] : [sampleOf(schema.items, components, name)]
    case 'string':
      return textOf(schema, name)
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return schema.default ?? true
    case 'null':
      return null
    default:
      return undefined
  }
}

function objectOf({ properties = {} }: Schema, components: Components): unknown {
  const fields = Object.entries(properties).map(([field, schema]) => [
    field,
    sampleOf(schema, components, field),
  ])
  return Object.fromEntries(fields)
}

function textOf({ pattern = '', format, description }: Schema, name: string): string | undefined {
  if (format === 'binary') return `${description?.split(':')[0] ?? 'Content'}, as bytes`
  const [, prefixed] = HEX.exec(pattern) ?? []
  if (prefixed !== undefined) return `0x${digits(name, Number(prefixed))}`
  const [, plain] = PLAIN_HEX.exec(pattern) ?? []
  if (plain !== undefined) return digits(name, Number(plain))
  return SHAPED.find(([shape]) => shape.test(pattern))?.[1] ?? WORDS[name]
}

function numberOf({ description = '', default: usual, minimum = 0 }: Schema): unknown {
  if (usual !== undefined) return usual
  if (description.startsWith('Milliseconds since')) return INSTANT_MS
  if (description.startsWith('Seconds since')) return INSTANT_MS / 1_000
  return Math.max(minimum, 1)
}

function digits(name: string, count: number): string {
  let text = ''
  for (let part = 0; text.length < count; part++) {
    text += createHash('sha256').update(`${name}/${part}`).digest('hex')
  }
  return text.slice(0, count)
}
