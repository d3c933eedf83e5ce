import { CodedError } from '@hygeia/protocol/errors'
import type { Told } from './told.ts'

/** Page to worker: call `method` of `desk`. */
export interface Call {
  readonly id: number
  readonly desk: string
  /** Whose, where a desk is there for each of several people. */
  readonly about: string | undefined
  readonly method: string
  readonly args: readonly unknown[]
}

/** An error as it crosses: `code` and `detail` of ours, or the name of the browser's. */
export interface Complaint {
  readonly code: string
  readonly message: string
  readonly detail: unknown
}

/** Worker to page: that it listens, an answer to a call, or something that happened by itself. */
export type Word =
  | { readonly isReady: true }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly complaint: Complaint }
  | { readonly event: string; readonly value: unknown }

/** One end of a worker, as a page or the worker itself has it. */
export interface Port {
  postMessage(message: unknown, options?: { transfer?: Transferable[] }): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
}

const handedOver = new WeakMap<object, Transferable[]>()

/** Have the buffers of an answer moved to the page instead of copied. */
export function handOver<T extends object>(value: T, arrays: readonly ArrayBufferView<ArrayBuffer>[]): T {
  handedOver.set(value, [...new Set(arrays.map(({ buffer }) => buffer))])
  return value
}

/** Opens a desk at its first call: what no page asks for is never loaded. */
export type Desks = Readonly<Record<string, (about: string | undefined) => object | Promise<object>>>

/** Answer calls that come through `port`. @returns what tells pages of what happens by itself */
export function serve(port: Port, desks: Desks): Told {
  port.addEventListener('message', ({ data }) => {
    const call = data as Call
    const { id } = call
    answer(desks, call).then(
      (value) => {
        const transfer = typeof value === 'object' && value !== null ? handedOver.get(value) : undefined
        port.postMessage({ id, value } satisfies Word, transfer === undefined ? {} : { transfer })
      },
      (cause: unknown) => port.postMessage({ id, complaint: complaintOf(cause) } satisfies Word),
    )
  })
  // What came before the worker's modules had loaded was heard by nobody: pages wait for this.
  port.postMessage({ isReady: true } satisfies Word)
  return (event, value) => port.postMessage({ event, value } satisfies Word)
}

async function answer(desks: Desks, { desk: name, about, method, args }: Call) {
  const desk = Object.hasOwn(desks, name) ? await desks[name]?.(about) : undefined
  const called: unknown = desk === undefined ? undefined : Reflect.get(desk, method)
  if (typeof called !== 'function') throw new Error(`no ${name}.${method}`)
  return Reflect.apply(called, desk, args) as unknown
}

export function complaintOf(cause: unknown): Complaint {
  if (cause instanceof CodedError) return { code: cause.code, message: cause.message, detail: cause.detail }
  if (cause instanceof Error) return { code: cause.name, message: cause.message, detail: undefined }
  return { code: 'Error', message: String(cause), detail: undefined }
}
