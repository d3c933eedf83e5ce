import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { AGENT, type DeviceProcess } from './device.ts'
import type { HospitalProcess } from './hospital.ts'
import { type Outcome, outcomeOf, runToEnd } from './process.ts'

export const HYGEIA = fileURLToPath(new URL('../../dapp/bin/hygeia.ts', import.meta.url))

/** One person's `hygeia` command: a folder and a passphrase of their own. */
export class Hygeia {
  readonly dir: string
  readonly #options: readonly string[]

  private constructor(dir: string, options: readonly string[]) {
    this.dir = dir
    this.#options = options
  }

  /** @param dir - new or old folder */
  static async at(dir: string, hospital: HospitalProcess): Promise<Hygeia> {
    const passphrase = `${dir}.passphrase`
    await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
    const there = ['--hospital', hospital.endpoints.api, '--ca', join(hospital.dir, 'keys/ca.pem')]
    return new Hygeia(dir, ['--dir', dir, '--passphrase-file', passphrase, ...there])
  }

  /** Run a command to its end, well or not. */
  run(...args: readonly string[]): Promise<Outcome> {
    return outcomeOf(HYGEIA, [...args, ...this.#options])
  }

  /** Run a command that must end well. @returns what it says to machines, line by line @throws {Error} otherwise */
  async results(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const text = await runToEnd(HYGEIA, [...args, '--json', ...this.#options])
    return text.trimEnd().split('\n').map(parsed)
  }

  /** Begin a command that goes on until it is ended. @returns its process, and the first thing it says to machines */
  async begin(...args: readonly string[]) {
    const child = spawn(process.execPath, [HYGEIA, ...args, '--json', ...this.#options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout })) return { child, said: parsed(line) }
    throw new Error(`hygeia ${args[0]} ended before it said anything`)
  }

  /**
   * Pair as two people would: the command shows an enrolment, the device is given it, both show six words.
   *
   * @returns the words of either side
   */
  async pair(device: DeviceProcess): Promise<{ readonly shown: string; readonly device: string }> {
    const child = spawn(process.execPath, [HYGEIA, 'patient', 'pair', '--yes', '--json', ...this.#options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close')
    let shown = ''
    let paired: Promise<string> = Promise.resolve('')
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, enrolment, words } = parsed(line)
      if (event === 'enrolment') {
        paired = runToEnd(AGENT, ['pair', '--config', device.configFile, String(enrolment)])
        // Awaited below; until then its end is not an unhandled rejection.
        paired.catch(() => {})
      }
      if (Array.isArray(words)) shown = words.join(' ')
    }
    const [code] = await ended
    if (code !== 0) throw new Error(`hygeia patient pair ended with ${code}`)
    const text = await paired
    return { shown, device: /^words: (.*)$/m.exec(text)?.[1] ?? '' }
  }
}

function parsed(line: string): Record<string, unknown> {
  return JSON.parse(line)
}
