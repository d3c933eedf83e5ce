import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import { type Enrolment, parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { pairingWords } from '@hygeia/protocol/pairing/offer'
import { renderUnicodeCompact } from 'uqr'
import type { Terminal } from './terminal.ts'

const ATTEMPTS = 5

/**
 * The enrolment that the patient's app made, typed or pasted, or as somebody has said before.
 *
 * @returns undefined when it is to be done later
 * @throws {MalformedError} when what was said before is damaged
 */
export async function askEnrolment(
  terminal: Terminal,
  told: string | undefined,
): Promise<Enrolment | undefined> {
  if (told !== undefined) return parseEnrolment(told)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = await terminal.ask('Enrolment, as the app shows it (empty: later)', '')
    if (text === '') return undefined
    try {
      return parseEnrolment(text)
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause
      terminal.say(`That is not it: ${cause.message}`)
    }
  }
  return undefined
}

/** What the patient compares: known to both sides before anything was sent. */
export function pairingText(enrolment: Enrolment, device: Address): string {
  const [hospital] = enrolment.hospitals
  const app = hospital === undefined ? '' : `${renderUnicodeCompact(hospital.api)}\n${hospital.api}\n\n`
  return `${app}Words      ${pairingWords(enrolment, device).join(' ')}
           The app shows six words. Confirm there that they are these.`
}
