import type { Proposal } from '@hygeia/dapp/staff/answers'
import { hasWords, t } from '../../../words/words.ts'

/** Why an approved proposal was not done, in words. */
export function faultText(fault: string): string {
  const key = `operations.decisions.fault.${fault}`
  return hasWords(key) ? t(key) : t('operations.decisions.faultOther', { fault })
}

/** What came of a proposal that was decided. */
export function outcomeText({ state, fault, outcome }: Proposal): string {
  if (state === 'failed') {
    return t('operations.decisions.notDone', { why: faultText(fault ?? 'INTERNAL') })
  }
  if (outcome === undefined) return t(`operations.decisions.state.${state}`)
  const { votes, majority, isCarried } = outcome
  return t(`operations.decisions.${isCarried ? 'carried' : 'voted'}`, { votes, majority })
}
