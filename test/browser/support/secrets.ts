import { OwnReading } from '@hygeia/dapp/patient/open'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { entropyOf, identityOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { getBytes, HDNodeWallet, Mnemonic } from 'ethers'
import type { Sent } from './net-log.ts'

/** Something that must not leave a browser, in each form in which it could. */
export interface Secret {
  readonly name: string
  readonly forms: readonly Buffer[]
}

/** What somebody knows, and what their words yield. */
export function secretsOf(words: readonly string[], passphrase: string): readonly Secret[] {
  const phrase = words.join(' ')
  const identity = identityOf(phrase)
  const now = Date.now() as UnixMs
  const labels = (['vitals', 'alert', 'ecg'] as const).map((category) =>
    formatLabel({ category, month: monthOf(now), generation: 0 }),
  )
  return [
    { name: 'two of the words, one after the other', forms: pairsOf(words) },
    textSecret('passphrase', passphrase),
    bytesSecret('entropy behind the words', entropyOf(phrase)),
    bytesSecret('seed', getBytes(Mnemonic.fromPhrase(phrase).computeSeed())),
    bytesSecret('key of the account', getBytes(HDNodeWallet.fromPhrase(phrase).privateKey)),
    bytesSecret('verifying secret', identity.verifyingSecret),
    bytesSecret('receiving secret', identity.receivingSecret),
    ...labels.map((label) => bytesSecret(`secret of ${label}`, identity.labelSecret(label))),
  ]
}

/** Data keys and readings in clear of everything of the last day. */
export async function secretsIn(patient: Patient): Promise<readonly Secret[]> {
  const now = Date.now()
  const reading = new OwnReading(patient)
  const found: Secret[] = []
  for await (const listed of reading.list({
    from: (now - DAY_MS) as UnixMs,
    to: (now + HOUR_MS) as UnixMs,
  })) {
    for await (const one of reading.open(listed)) {
      if ('fault' in one) throw new Error(`not opened: ${one.fault.code}`)
      const { cid, dataKey, batch } = one
      const values = batch.columns.flatMap(({ samples }) =>
        // Fewer in a row could be anything.
        samples.length < LEAST_VALUES
          ? []
          : [samples.slice(0, LEAST_VALUES).map(({ value }) => value ?? null)],
      )
      found.push(
        bytesSecret(`data key of ${cid}`, dataKey),
        bytesSecret(`readings of ${cid}`, encodeBatch(batch).subarray(0, HEAD_BYTES)),
        { name: `values of ${cid}`, forms: values.map((some) => Buffer.from(some.join(','))) },
      )
    }
  }
  return found
}

/** So many values that follow each other, as JSON has them. */
const LEAST_VALUES = 8
/** Of a batch in clear: length, and the deflated beginning. */
const HEAD_BYTES = 32
/** Half of a key is as bad. */
const PIECE_BYTES = 16

/** Names of the secrets that went out, each once. */
export function leaksIn(sent: readonly Sent[], secrets: readonly Secret[]): readonly string[] {
  const found = new Set<string>()
  for (const { bytes } of sent) {
    // Whether hex is written small or large.
    const small = Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1')
    for (const { name, forms } of secrets) {
      if (forms.some((form) => bytes.includes(form) || small.includes(form))) found.add(name)
    }
  }
  return [...found]
}

/** Words that follow each other, whatever is between them. */
function pairsOf(words: readonly string[]): readonly Buffer[] {
  return words.slice(1).flatMap((word, index) =>
    // JSON, form data, lines, and as they are spoken.
    [' ', ',', '","', '", "', '%20', '+', '\\n', '\n', '%2C', '%22%2C%22', '-'].map((between) =>
      Buffer.from(`${words[index]}${between}${word}`),
    ),
  )
}

function textSecret(name: string, text: string): Secret {
  const forms = [text, encodeURIComponent(text), text.replaceAll(' ', '+')].map((form) => Buffer.from(form))
  return { name, forms: [...forms, ...encodingsOf(Buffer.from(text))] }
}

function bytesSecret(name: string, secret: Uint8Array): Secret {
  const pieces = [secret.subarray(0, PIECE_BYTES), secret.subarray(-PIECE_BYTES)]
  return { name, forms: pieces.flatMap((piece) => [Buffer.from(piece), ...encodingsOf(piece)]) }
}

/** Hex, a JSON array of numbers, and Base64 of either alphabet wherever in a longer text it begins. */
function encodingsOf(bytes: Uint8Array): readonly Buffer[] {
  const base64 = [0, 1, 2].flatMap((skip) => {
    const whole = bytes.subarray(skip, skip + 3 * Math.floor((bytes.length - skip) / 3))
    return [Buffer.from(whole).toString('base64'), Buffer.from(whole).toString('base64url')]
  })
  return [toHex(bytes).slice(2), [...bytes].join(','), ...base64].map((text) => Buffer.from(text))
}
