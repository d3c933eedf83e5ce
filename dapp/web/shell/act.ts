import { type Signal, useSignal } from '@preact/signals'
import { explain } from './trouble.ts'

export interface Act<A extends readonly unknown[]> {
  /** Does it, unless it is being done: a second click does nothing. */
  readonly run: (...args: A) => Promise<void>
  readonly isBusy: Signal<boolean>
  /** What went wrong last, in words. */
  readonly trouble: Signal<string | undefined>
}

/** Something that a button does and that takes time. */
export function useAct<A extends readonly unknown[]>(work: (...args: A) => Promise<void>): Act<A> {
  const isBusy = useSignal(false)
  const trouble = useSignal<string | undefined>(undefined)
  return {
    isBusy,
    trouble,
    run: async (...args) => {
      if (isBusy.peek()) return
      isBusy.value = true
      trouble.value = undefined
      try {
        await work(...args)
      } catch (cause) {
        trouble.value = explain(cause)
      } finally {
        isBusy.value = false
      }
    },
  }
}
