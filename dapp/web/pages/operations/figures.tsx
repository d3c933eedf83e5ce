import type { ComponentChildren } from 'preact'

interface FigureProps {
  readonly name: string
  readonly value: ComponentChildren
  readonly note?: ComponentChildren
}

/** One number that counts, with its name and what else there is to it. */
export function Figure({ name, value, note }: FigureProps) {
  return (
    <div class="card figure">
      <dt>{name}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        {note !== undefined && <span class="small quiet">{note}</span>}
      </dd>
    </div>
  )
}

export function Figures({ children }: { readonly children: ComponentChildren }) {
  return <dl class="tiles tiles-figures">{children}</dl>
}
