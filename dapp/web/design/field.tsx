import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  readonly type?: 'text' | 'password' | 'date' | 'datetime-local'
  readonly hint?: string | undefined
  readonly fault?: string | undefined
  /** What a password manager may fill in. */
  readonly autocomplete?: string
  readonly rows?: number
  readonly isCode?: boolean
  /** What a number is in; phones then show digits. */
  readonly unit?: string
}

export function Field(props: FieldProps) {
  const {
    label,
    value,
    onInput,
    type = 'text',
    hint,
    fault,
    autocomplete = 'off',
    rows,
    isCode,
    unit,
  } = props
  const id = useId()
  const common = {
    id,
    value,
    autocomplete,
    spellcheck: false,
    autocapitalize: 'none',
    'aria-invalid': fault !== undefined,
    'aria-describedby': `${id}-hint`,
    class: isCode === true ? 'code ltr' : undefined,
  } as const
  const hear = ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) =>
    onInput(currentTarget.value)
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {unit !== undefined ? (
        <span class="measured">
          <input {...common} type="text" inputMode="decimal" dir="ltr" onInput={hear} />
          <span class="quiet">{unit}</span>
        </span>
      ) : rows === undefined ? (
        inputOf(type)
      ) : (
        <textarea {...common} rows={rows} onInput={hear} />
      )}
      <span id={`${id}-hint`} class="small quiet">
        {hint}
        {fault !== undefined && <span class="field-fault">{fault}</span>}
      </span>
    </div>
  )

  // The types of elements tell inputs apart by a literal.
  function inputOf(kind: typeof type) {
    switch (kind) {
      case 'text':
        return <input {...common} type="text" onInput={hear} />
      case 'password':
        return <input {...common} type="password" onInput={hear} />
      case 'date':
        return <input {...common} type="date" onInput={hear} />
      case 'datetime-local':
        return <input {...common} type="datetime-local" onInput={hear} />
    }
  }
}

interface ChoiceProps {
  readonly type: 'radio' | 'checkbox'
  readonly name: string
  readonly isChosen: boolean
  readonly onChoose: (isChosen: boolean) => void
  readonly children: ComponentChildren
}

/** One thing to choose, with room for a sentence about it. */
export function Choice({ type, name, isChosen, onChoose, children }: ChoiceProps) {
  return (
    <label class="choice">
      <input
        type={type}
        name={name}
        checked={isChosen}
        onChange={({ currentTarget }) => onChoose(currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  )
}

/** Sends itself with Enter and never to a server. */
export function Form({
  onSubmit,
  children,
}: {
  readonly onSubmit: () => void
  readonly children: ComponentChildren
}) {
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
    </form>
  )
}
