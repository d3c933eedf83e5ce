import { type Conduct, describe } from '../../src/physician/conduct.ts'
import type { UnopenedBatch } from '../../src/physician/opening.ts'
import type { Terminal } from '../host/terminal.ts'

/** Who was done without, and why; a lie must not be missed. */
export function reportConduct(terminal: Terminal, conduct: Conduct): void {
  for (const observed of conduct.report) {
    if (observed.isLie) terminal.warn(`${describe(observed)}: tell the patient`)
    else terminal.warn(describe(observed))
  }
}

/** Which batches are missing from what was written, and why; the run then ends with status 2. */
export function reportUnopened(terminal: Terminal, unopened: readonly UnopenedBatch[]): void {
  if (unopened.length === 0) return
  terminal.endWith(2)
  const byCode = Map.groupBy(unopened, ({ fault }) => fault.code)
  for (const [code, batches] of byCode) {
    const [first] = batches
    const forgers = first?.fault.code === 'FORGED_CFRAGS' ? ` by ${first.fault.proxies.join(', ')}` : ''
    terminal.warn(`${batches.length} batches not opened: ${code}${forgers}, for one ${first?.cid}`)
  }
}
