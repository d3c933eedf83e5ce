import type { Command } from 'commander'
import { CommandSession, type GlobalOptions } from '../host/session.ts'

type Act<Options, Args extends readonly unknown[]> = (
  session: CommandSession,
  options: Options,
  ...args: Args
) => Promise<void>

/** Turns what a command does into what commander calls: with a session made from the options of all levels. */
export type Run = <Options extends object, Args extends readonly string[]>(
  act: Act<Options, Args>,
) => (this: Command, ...given: unknown[]) => Promise<void>

export const run: Run = (act) =>
  async function (this: Command) {
    const options = this.optsWithGlobals<GlobalOptions & object>()
    // commander gives arguments as text, as many as the command declares.
    await act(new CommandSession(options), options as never, ...(this.processedArgs as never))
  }
