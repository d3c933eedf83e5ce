import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals'
import { explain } from './trouble.ts'

export interface Answer<T> {
  /** Undefined until there is one; the last one while another is awaited. */
  readonly value: ReadonlySignal<T | undefined>
  readonly trouble: ReadonlySignal<string | undefined>
}

/** Something asked of the worker again whenever a signal changes that `ask` reads before it first awaits. */
export function useAsk<T>(ask: () => Promise<T>): Answer<T> {
  const value = useSignal<T | undefined>(undefined)
  const trouble = useSignal<string | undefined>(undefined)
  useSignalEffect(() => {
    let isOver = false
    ask().then(
      (answer) => {
        if (isOver) return
        value.value = answer
        trouble.value = undefined
      },
      (cause: unknown) => {
        if (!isOver) trouble.value = explain(cause)
      },
    )
    return () => {
      isOver = true
    }
  })
  return { value, trouble }
}
