import type { Grant } from './grant.ts'

/**
 * Whether somebody may hold a grant: a physician whom the hospitals admitted; or, where the patient signed that it is
 * for family, whoever is on the chain with a key of their own. Who was suspended holds none.
 */
export function mayHold({ isForFamily }: Pick<Grant, 'isForFamily'>, status: string | undefined): boolean {
  return status === 'active' || (isForFamily === true && status === 'registered')
}
