import { useSignal } from '@preact/signals'
import type { ComponentChildren, ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { Loading, Trouble } from '../design/feedback.tsx'
import { explain } from './trouble.ts'

interface Around {
  readonly children?: ComponentChildren
}

/** A page that is fetched when it is first shown. */
export function lazily(load: () => Promise<ComponentType>): ComponentType {
  return lazilyAround(load)
}

/** The same of what goes around other things. */
export function lazilyAround(load: () => Promise<ComponentType<Around>>): ComponentType<Around> {
  let loaded: ComponentType<Around> | undefined
  return function Lazy({ children }: Around) {
    const page = useSignal<ComponentType<Around> | undefined>(undefined)
    const trouble = useSignal<string | undefined>(undefined)
    useEffect(() => {
      if (loaded !== undefined) return
      load().then(
        (component) => {
          loaded = component
          // A component is a function, and so is what a signal's setter never calls.
          page.value = component
        },
        (cause: unknown) => {
          trouble.value = explain(cause)
        },
      )
    }, [])
    const Page = loaded ?? page.value
    if (Page !== undefined) return <Page>{children}</Page>
    return trouble.value === undefined ? <Loading /> : <Trouble text={trouble.value} />
  }
}
