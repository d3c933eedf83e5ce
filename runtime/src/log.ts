import { fstatSync, writeSync } from 'node:fs'
import type { DestinationStream, Logger } from 'pino'
import { pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'

const STDERR = 2

/** The one logger of a program, as JSON lines on stderr. Parts get a child each; readings, keys and names never go in. */
export function createLog(program: string, level: LogLevel): Logger {
  return pino(
    { name: program, level, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime },
    standardError(),
  )
}

/** A stream of Node's ends the program when its file is on a disk that is full: a line that is lost is the smaller harm. */
function standardError(): DestinationStream {
  const stat = fstatSync(STDERR)
  if (stat.isFIFO() || stat.isSocket() || process.stderr.isTTY) return process.stderr
  return {
    write(line) {
      try {
        writeSync(STDERR, line)
      } catch {
        // Said in vain; the next line may find room.
      }
    },
  }
}
