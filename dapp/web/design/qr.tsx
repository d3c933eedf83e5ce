import { useMemo } from 'preact/hooks'
import { encode } from 'uqr'

/** Modules of white around a code. @see ISO/IEC 18004 §9.1 */
const QUIET = 4

/** Text as a QR code. */
export function Qr({ text, name }: { readonly text: string; readonly name: string }) {
  const { size, path } = useMemo(() => drawn(text), [text])
  const side = size + 2 * QUIET
  return (
    <svg class="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={name} shape-rendering="crispEdges">
      <path d={path} fill="currentColor" />
    </svg>
  )
}

function drawn(text: string) {
  const { size, data } = encode(text, { ecc: 'L', border: 0 })
  const path = data
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : [])))
    .join('')
  return { size, path }
}
