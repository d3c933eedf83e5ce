import type { Command } from 'commander'
import type { Host } from '../host/host.ts'
import { CommandSession, type GlobalOptions } from '../host/session.ts'

type Act<Options, Args extends readonly unknown[]> = (
  session: CommandSession,
  options: Options,
  ...args: Args
) => Promise<void>

/** Turns what a command does into what commander calls: with a session made from the options of all levels. */
export type Run = <Options extends object, Args extends readonly (string | undefined)[]>(
  act: Act<Options, Args>,
) => (this: Command) => Promise<void>

export function runnerFor(host: Host): Run {
  return (act) =>
    async function () {
      const options = this.optsWithGlobals<GlobalOptions>()
      // commander knows options and arguments as the command declares them; their types are written there again.
      const session = new CommandSession(options, host)
      try {
        await act(session, options as never, ...(this.processedArgs as never))
      } finally {
        session.end()
      }
    }
}
