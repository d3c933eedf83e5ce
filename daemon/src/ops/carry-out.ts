import type { Validators } from '../chain/validators.ts'
import type { Governance } from '../consortium/governance.ts'
import type { Voted, Votes } from '../relay/votes.ts'
import type { Motion, Proposal } from './proposal.ts'

export interface CarryOutDeps {
  readonly votes: Pick<Votes, 'admit' | 'suspend'>
  readonly governance: Pick<Governance, 'admit' | 'suspend'>
  readonly validators: Pick<Validators, 'propose' | 'discard'>
}

/** Does what two people agreed on, with the same votes that the command line casts. */
export function carryOutWith({ votes, governance, validators }: CarryOutDeps) {
  return async (motion: Motion): Promise<Proposal['outcome']> => {
    switch (motion.act) {
      case 'admit-physician':
        return outcomeOf(await votes.admit(motion.subject))
      case 'suspend-physician':
        return outcomeOf(await votes.suspend(motion.subject))
      case 'suspend-hospital':
        return outcomeOf(await governance.suspend(motion.subject))
      case 'admit-hospital': {
        const voted = await governance.admit(motion.card)
        return voted === 'active-already' ? undefined : outcomeOf(voted)
      }
      case 'discard-validator-vote':
        await validators.discard(motion.subject)
        return undefined
      default:
        await validators.propose(motion.subject, motion.act === 'admit-validator')
        return undefined
    }
  }
}

function outcomeOf({ votes, majority, isCarried, transaction }: Voted): Proposal['outcome'] {
  return { votes, majority, isCarried, transaction }
}
