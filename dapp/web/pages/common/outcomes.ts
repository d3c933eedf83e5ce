import type { Verdict } from '@hygeia/dapp/verify/verdict'
import { signal } from '@preact/signals'
import type { Proof } from '../../worker/readings-desk.ts'

/** What a check came to; `waiting`: not anchored yet, and so without a proof. */
export type Outcome = Verdict['outcome'] | 'waiting'

/** Of every batch whose proof was checked in this tab, by CID. */
export const outcomes = signal<ReadonlyMap<string, Outcome>>(new Map())

/** Remember what came of a check: wherever the reading is shown, it says so. */
export function noteProof(cid: string, proof: Proof | undefined): void {
  outcomes.value = new Map(outcomes.peek()).set(cid, proof?.verdict.outcome ?? 'waiting')
}
