import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Something to decide before anything else; Escape leaves it. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const opener = document.activeElement
    element.current?.showModal()
    // What was decided may have taken away what opened it: then one is at the page, and not nowhere.
    return () =>
      requestAnimationFrame(() => {
        const place = opener?.isConnected === true ? opener : document.getElementById('main')
        if (place instanceof HTMLElement && document.activeElement === document.body) place.focus()
      })
  }, [])
  return (
    <dialog ref={element} aria-label={title} onClose={onClose}>
      <div class="stack">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
