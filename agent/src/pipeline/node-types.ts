/** The nodes that make a pipeline, as a flow names them. */
export const TYPES = {
  sensor: 'hygeia-sensor',
  readingIn: 'hygeia-reading-in',
  signal: 'hygeia-signal',
  news2: 'hygeia-news2',
  alert: 'hygeia-alert',
  record: 'hygeia-record',
  uplink: 'hygeia-uplink',
  status: 'hygeia-status',
} as const

/** Those that a wire may lead to without its samples leaving the core. */
export const CORE: ReadonlySet<string> = new Set([TYPES.signal, TYPES.record, TYPES.uplink, TYPES.status])
