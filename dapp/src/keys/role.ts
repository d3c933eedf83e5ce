/** What somebody's keys are for. */
export const ROLES = ['patient', 'physician', 'staff'] as const
export type Role = (typeof ROLES)[number]
