import type { Logger } from 'pino'
import { pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'

/** The one logger of a program, as JSON lines on stderr. Parts get a child each; readings, keys and names never go in. */
export function createLog(program: string, level: LogLevel): Logger {
  return pino(
    { name: program, level, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime },
    process.stderr,
  )
}
