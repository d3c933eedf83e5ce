import { sameBytes } from '@hygeia/protocol/cbor'
import type { Address } from '@hygeia/protocol/ids'
import { areLabelKeysSigned, decodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { decodeOffer } from '@hygeia/protocol/pairing/offer'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { Gauge, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { PairingError } from './errors.ts'

export interface MailboxesOptions {
  readonly realm: Realm
  /** Most mailboxes at a time; 1,000 unless told. */
  readonly limit?: number
  /** Most mailboxes of one patient at a time; 8 unless told. */
  readonly perPatient?: number
  /** Longest that a mailbox stays open; a day unless told. */
  readonly lifeMs?: number
}

export interface MailboxesDeps {
  readonly recover: Recover
  readonly clock: Clock
  readonly metrics: Registry
}

interface Mailbox {
  readonly patient: Address
  readonly expires: UnixMs
  offer: { readonly bytes: Uint8Array; readonly device: Address } | undefined
  answer: Uint8Array | undefined
}

/** Grace for a device whose clock, or whose network, is slow. */
const GRACE_MS = HOUR_MS

/**
 * Where a device and its patient find each other: the device puts its offer, the patient the label keys.
 *
 * In memory only: a restart ends pairings that are under way, and they are begun anew. The name of a mailbox
 * follows from a secret that only the two share, and what lies in it is authenticated by both.
 */
export class Mailboxes {
  readonly #options: Required<MailboxesOptions>
  readonly #deps: MailboxesDeps
  readonly #mailboxes = new Map<string, Mailbox>()

  constructor(options: MailboxesOptions, deps: MailboxesDeps) {
    this.#options = { limit: 1_000, perPatient: 8, lifeMs: DAY_MS, ...options }
    this.#deps = deps
    const held: Gauge = new Gauge({
      ...METRICS.pairingMailboxes,
      registers: [deps.metrics],
      collect: () => held.set(this.#mailboxes.size),
    })
  }

  /** Open a mailbox until `expires`. Again, by the same patient, is no change. @throws {PairingError} */
  open(name: string, patient: Address, expires: UnixMs): void {
    const now = this.#deps.clock.now()
    this.#sweep(now)
    const held = this.#mailboxes.get(name)
    if (held !== undefined) {
      if (held.patient === patient) return
      throw new PairingError('the mailbox is taken', { code: 'MAILBOX_TAKEN' })
    }
    const { limit, perPatient, lifeMs } = this.#options
    if (expires <= now || expires > now + lifeMs + GRACE_MS) {
      throw new PairingError('the mailbox ends too early or too late', {
        code: 'MAILBOX_EXPIRY',
        limitMs: lifeMs,
      })
    }
    const own = this.#mailboxes.values().filter((mailbox) => mailbox.patient === patient)
    if (this.#mailboxes.size >= limit || [...own].length >= perPatient) {
      throw new PairingError('too many mailboxes are open', { code: 'MAILBOX_LIMIT' })
    }
    this.#mailboxes.set(name, { patient, expires, offer: undefined, answer: undefined })
  }

  /**
   * Put a device's offer. The same again is no change.
   *
   * @throws {PairingError} `MAILBOX_TAKEN` when another offer is there
   * @throws {MalformedError} when it is no offer
   */
  putOffer(name: string, bytes: Uint8Array): void {
    const mailbox = this.#find(name)
    const { device } = decodeOffer(bytes)
    if (mailbox.offer !== undefined && !sameBytes(mailbox.offer.bytes, bytes)) {
      throw new PairingError('another offer is there', { code: 'MAILBOX_TAKEN' })
    }
    mailbox.offer = { bytes, device }
  }

  /** @throws {PairingError} `OFFER_MISSING` until the device has put it */
  offer(name: string): Uint8Array {
    const { offer } = this.#find(name)
    if (offer === undefined) throw new PairingError('no offer yet', { code: 'OFFER_MISSING' })
    return offer.bytes
  }

  /**
   * Put the patient's answer, `SignedLabelKeys` for the device that offered. A newer one replaces it.
   *
   * @throws {PairingError}
   * @throws {MalformedError} when it is no label keys
   */
  putAnswer(name: string, patient: Address, bytes: Uint8Array): void {
    const mailbox = this.#find(name)
    if (mailbox.patient !== patient) {
      throw new PairingError('another patient opened it', { code: 'MAILBOX_TAKEN' })
    }
    if (mailbox.offer === undefined) throw new PairingError('no offer yet', { code: 'OFFER_MISSING' })
    const keys = decodeLabelKeys(bytes)
    const isGenuine =
      keys.patient === patient &&
      keys.device === mailbox.offer.device &&
      areLabelKeysSigned(this.#options.realm, keys, this.#deps.recover)
    if (!isGenuine) {
      throw new PairingError('not by this patient for this device', { code: 'ANSWER_NOT_GENUINE' })
    }
    mailbox.answer = bytes
  }

  /** @throws {PairingError} `ANSWER_MISSING` until the patient has put it */
  answer(name: string): Uint8Array {
    const { answer } = this.#find(name)
    if (answer === undefined) throw new PairingError('no answer yet', { code: 'ANSWER_MISSING' })
    return answer
  }

  #find(name: string): Mailbox {
    const mailbox = this.#mailboxes.get(name)
    if (mailbox === undefined || mailbox.expires + GRACE_MS <= this.#deps.clock.now()) {
      throw new PairingError('no such mailbox', { code: 'MAILBOX_UNKNOWN' })
    }
    return mailbox
  }

  #sweep(now: UnixMs): void {
    for (const [name, mailbox] of this.#mailboxes) {
      if (mailbox.expires + GRACE_MS <= now) this.#mailboxes.delete(name)
    }
  }
}
