import type { Service } from '@hygeia/runtime/lifecycle'

/** That each store leaves free on its disk. */
export const RESERVE_BYTES = 1_048_576

/** Starts a service, which is stopped before those that were started earlier. */
export type Start = <S extends Service>(service: S) => Promise<S>
