/**
 * What the paper measured on its network: Clique, a block every 5 s, gas limit 4,700,000. Seconds, but for `tps`.
 *
 * Every figure here is measured at that same period and gas limit.
 */
export const PUBLISHED = {
  /** Transactions a second: 4,700,000 gas of plain transfers every 5 s. */
  tps: 45,
  blockCreation: 6,
  physicianRegistration: 11.493,
  patientRegistration: 11.659,
  deviceRegistration: 9.726,
  sendData: 20.758,
} as const

/** The period and the gas limit that go with them. */
export const PERIOD_SEC = 5
export const GAS_LIMIT = 4_700_000
