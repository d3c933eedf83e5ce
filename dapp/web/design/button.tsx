import type { ComponentChildren } from 'preact'

interface ButtonProps {
  readonly kind?: 'main' | 'stop' | 'plain' | undefined
  readonly type?: 'button' | 'submit'
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  /** For who listens, where the text alone does not say enough. */
  readonly label?: string
  readonly onClick?: () => void
  readonly children: ComponentChildren
}

/** A button; while it is busy it stays reachable and does nothing. */
export function Button({ kind, type = 'button', isBusy, isDisabled, label, onClick, children }: ButtonProps) {
  return (
    <button
      type={type}
      class={kind === undefined ? 'button' : `button button-${kind}`}
      aria-label={label}
      disabled={isDisabled}
      aria-disabled={isBusy === true ? 'true' : undefined}
      aria-busy={isBusy === true ? 'true' : undefined}
      onClick={isBusy === true ? undefined : onClick}
    >
      {isBusy === true && <span class="spinner" aria-hidden="true" />}
      {children}
    </button>
  )
}

interface SegmentsProps<T extends string> {
  /** What is chosen, for who listens. */
  readonly name: string
  readonly options: readonly (readonly [value: T, text: string])[]
  readonly value: T
  readonly onChoose: (value: T) => void
}

/** One of a few. */
export function Segments<T extends string>({ name, options, value, onChoose }: SegmentsProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div class="segments" role="group" aria-label={name}>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChoose(option)}>
          {text}
        </button>
      ))}
    </div>
  )
}
