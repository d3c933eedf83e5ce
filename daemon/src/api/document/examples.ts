import { PROBLEMS, type ProblemCode, problemOf } from '../problem.ts'
import { type Components, type Schema, sampleOf } from './sample.ts'

interface Media {
  readonly schema?: Schema
  example?: unknown
  examples?: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>
}
interface Body {
  readonly description?: string
  readonly content?: Readonly<Record<string, Media>>
}
export interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema?: Schema; example?: unknown }[]
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
}
export interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Components }
}

/** Codes of a response, as `problems` describes them. */
export function codesIn({ description = '' }: Body): readonly ProblemCode[] {
  return [...description.matchAll(/^`([A-Z_]+)`:/gm)].flatMap(([, code = '']) =>
    Object.hasOwn(PROBLEMS, code) ? [code as ProblemCode] : [],
  )
}

/** Put an example beside every shape of a document: of what is asked, of each answer, and of each problem. */
export function addExamples<T extends object>(document: T): T {
  const { paths = {}, components } = document as Document
  const schemas = components?.schemas ?? {}
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const parameter of operation.parameters ?? []) {
      if (parameter.schema !== undefined) {
        parameter.example ??= sampleOf(parameter.schema, schemas, parameter.name)
      }
    }
    for (const body of [operation.requestBody ?? {}, ...Object.values(operation.responses)]) {
      const codes = codesIn(body)
      for (const [type, media] of Object.entries(body.content ?? {})) {
        if (codes.length > 0) media.examples = Object.fromEntries(codes.map(problemExample))
        else if (media.schema !== undefined) media.example ??= sampleOf(media.schema, schemas, type)
      }
    }
  }
  return document
}

function problemExample(code: ProblemCode) {
  return [code, { summary: PROBLEMS[code].title, value: problemOf({ code }).problem }] as const
}
