import type { Terminal } from '@hygeia/agent/setup/terminal'

/** Answers in turn, and what was said. */
export class ScriptedTerminal implements Terminal {
  readonly answers: string[]
  said = ''

  constructor(answers: string[]) {
    this.answers = answers
  }

  say(text: string): void {
    this.said += `${text}\n`
  }

  async ask(question: string, fallback: string): Promise<string> {
    this.said += `${question}\n`
    return this.answers.shift() ?? fallback
  }
}
