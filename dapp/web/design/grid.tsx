import type { ComponentChildren } from 'preact'

interface GridProps {
  /** What the rows are, for who listens. */
  readonly name: string
  readonly heads: readonly string[]
  readonly rows: readonly { readonly key: string | number; readonly cells: readonly ComponentChildren[] }[]
}

/** Rows of facts. Where there is little room each row is a card of its own, with the head of each column beside its fact. */
export function Grid({ name, heads, rows }: GridProps) {
  return (
    <div class="grid-box">
      <table class="grid" aria-label={name}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, column) => (
                <td key={heads[column]} data-head={heads[column]}>
                  <div>{cell}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
