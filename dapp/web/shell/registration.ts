import { signal } from '@preact/signals'

/** Whether the account is registered; undefined until the hospital, or what is remembered of it, has said. */
export const isRegistered = signal<boolean | undefined>(undefined)
/** By how much this machine's clock is ahead of the hospital's, ms. */
export const clockAheadMs = signal<number | undefined>(undefined)
