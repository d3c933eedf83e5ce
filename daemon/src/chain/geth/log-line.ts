import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'

const Line = z.looseObject({ lvl: z.string(), msg: z.string() })

/** What geth says at level info is of no interest here but when it is looked for. */
const LEVELS = { crit: 'error', error: 'error', eror: 'error', warn: 'warn' } as const
/** Of the validators of a Clique chain only some may seal a block: the others are told so at every one. @see EIP-225 */
const NOT_MY_TURN = 'signed recently, must wait for others'

/** Write one line of geth's JSON log with the daemon's; what is no JSON is a crash that tells of itself. */
export function relogGeth(log: Logger, text: string): void {
  const parsed = parseLine(text)
  if (parsed === undefined) {
    if (text.trim() !== '') log.warn(text)
    return
  }
  const { lvl, msg, t: _, ...facts } = parsed
  // A call that was refused is no news: whoever called was told.
  const isRoutine = facts.err === NOT_MY_TURN || msg.startsWith('Served ')
  const level = LEVELS[lvl.toLowerCase() as keyof typeof LEVELS] ?? 'debug'
  log[isRoutine ? 'debug' : level](facts, msg)
}

function parseLine(text: string): z.infer<typeof Line> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return Line.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
