declare const brand: unique symbol
/** A value of `T` that has been checked to be a `Name`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Milliseconds since the Unix epoch, UTC. */
export type UnixMs = Brand<number, 'UnixMs'>
/** Milliseconds since this boot, from the kernel's monotonic clock: never set, never steps. */
export type MonotonicMs = Brand<number, 'MonotonicMs'>
/** Degrees Celsius (UCUM `Cel`). */
export type Celsius = Brand<number, 'Celsius'>

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
