import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { explain } from './trouble.ts'

export interface Answer<T> {
  /** Undefined until there is one; the last one while another is awaited. */
  readonly value: ReadonlySignal<T | undefined>
  readonly trouble: ReadonlySignal<string | undefined>
}

/**
 * Something asked of the worker again whenever a signal changes that `ask` reads before it first awaits. While changes
 * come faster than answers, each answer is shown that is newer than the one before.
 */
export function useAsk<T>(ask: () => Promise<T>): Answer<T> {
  const value = useSignal<T | undefined>(undefined)
  const trouble = useSignal<string | undefined>(undefined)
  const answered = useRef({ asked: 0, shown: 0 })
  useSignalEffect(() => {
    const count = answered.current
    const mine = ++count.asked
    const isNews = () => mine > count.shown
    ask().then(
      (answer) => {
        if (!isNews()) return
        count.shown = mine
        value.value = answer
        trouble.value = undefined
      },
      (cause: unknown) => {
        // What was asked after it may yet be answered.
        if (isNews() && mine === count.asked) trouble.value = explain(cause)
      },
    )
  })
  useEffect(
    () => () => {
      answered.current.shown = Number.POSITIVE_INFINITY
    },
    [],
  )
  return { value, trouble }
}
