import { fileURLToPath } from 'node:url'
import { parse } from 'cddl'
import { CID } from 'multiformats/cid'

/** What the parser gives for a type: the name of a basic one, a choice, or one of these. */
type Type = string | readonly Type[] | Rule

interface Rule {
  readonly Type: string
  readonly Name?: string
  readonly Value?: unknown
  readonly Values?: readonly Entry[]
  readonly PropertyType?: Type
  readonly Operator?: { readonly Type: string; readonly Value: Rule }
}

interface Entry {
  readonly Type: Type
  readonly Occurrence: { readonly n: number; readonly m: number | null }
}

const BASIC: Readonly<Record<string, (value: unknown) => boolean>> = {
  uint: (value) => Number.isInteger(value) && Number(value) >= 0,
  int: Number.isInteger,
  bool: (value) => typeof value === 'boolean',
  bstr: (value) => value instanceof Uint8Array,
  tstr: (value) => typeof value === 'string',
  null: (value) => value === null,
}

/** The part of CDDL (RFC 8610) that our files use: arrays, choices, ranges, sizes, literals and tag 42. */
export class Cddl {
  readonly #rules = new Map<string, Rule>()
  readonly #first: Type

  /** @param names - files below protocol/src, without the ending; the first rule of the first is the one meant */
  constructor(names: readonly string[]) {
    for (const name of names) {
      const path = fileURLToPath(new URL(`../../src/${name}.cddl`, import.meta.url))
      for (const rule of parse(path) as unknown as readonly Rule[]) this.#rules.set(String(rule.Name), rule)
    }
    this.#first = [...this.#rules.values()].slice(0, 1)
  }

  /** Whether a decoded DAG-CBOR value is what the files describe. */
  describes(value: unknown): boolean {
    return this.#fits(this.#first, value)
  }

  #fits(type: Type, value: unknown): boolean {
    if (typeof type === 'string') return known(BASIC[type], type)(value)
    if (isChoice(type)) return type.some((each) => this.#fits(each, value))
    switch (type.Type) {
      case 'array':
        return this.#fitsArray(type.Values ?? [], value)
      case 'variable':
        return this.#fits(known(type.PropertyType, type.Name), value)
      case 'group':
        return this.#fits(known(this.#rules.get(String(type.Value)), type.Value), value)
      case 'literal':
        return value === type.Value
      case 'range': {
        const { Min, Max } = type.Value as { Min: Rule; Max: Rule }
        return (
          Number.isInteger(value) && Number(value) >= Number(Min.Value) && Number(value) <= Number(Max.Value)
        )
      }
      case 'tag': {
        const { TypePart } = type.Value as { TypePart: Type }
        const link = CID.asCID(value)
        return link !== null && this.#fits(TypePart, Uint8Array.of(0, ...link.bytes))
      }
      case 'bstr':
        return value instanceof Uint8Array && value.length === type.Operator?.Value.Value
      default:
        throw new Error(`not a type that is known here: ${type.Type}`)
    }
  }

  #fitsArray(entries: readonly Entry[], value: unknown): boolean {
    if (!Array.isArray(value)) return false
    let next = 0
    for (const { Type: type, Occurrence } of entries) {
      let count = 0
      while (next < value.length && count < (Occurrence.m ?? Infinity) && this.#fits(type, value[next])) {
        count++
        next++
      }
      if (count < Occurrence.n) return false
    }
    return next === value.length
  }
}

function isChoice(type: readonly Type[] | Rule): type is readonly Type[] {
  return Array.isArray(type)
}

function known<T>(found: T | undefined, name: unknown): T {
  if (found === undefined) throw new Error(`no rule for ${String(name)}`)
  return found
}
