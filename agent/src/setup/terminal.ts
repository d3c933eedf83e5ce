import { createInterface } from 'node:readline/promises'

/** Whoever sets the agent up. */
export interface Terminal {
  say(text: string): void
  /**
   * @param fallback - what an empty line means, and what is taken where nobody is asked
   */
  ask(question: string, fallback: string): Promise<string>
}

/** The terminal that the command was typed at. @param isAsking - false takes every fallback */
export function terminalOf(
  { stdin, stdout }: Pick<NodeJS.Process, 'stdin' | 'stdout'>,
  isAsking: boolean,
  signal: AbortSignal,
): Terminal {
  return {
    say: (text) => void stdout.write(`${text}\n`),
    async ask(question, fallback) {
      if (!isAsking) return fallback
      const lines = createInterface({ input: stdin, output: stdout })
      try {
        const hint = fallback === '' ? '' : ` [${fallback}]`
        const answer = await lines.question(`${question}${hint}: `, { signal })
        return answer.trim() === '' ? fallback : answer.trim()
      } finally {
        lines.close()
      }
    },
  }
}

/** @returns whether the answer to `question` is yes */
export async function isYes(terminal: Terminal, question: string): Promise<boolean> {
  return /^y/i.test(await terminal.ask(`${question} (y/n)`, 'y'))
}
