import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { Disk, del, put } from '../store/disk.ts'
import { readNumber, writeNumber } from '../store/keys.ts'

/** Door of what another hospital has to answer for. */
export const CONSORTIUM = 'consortium'

/** Something that was refused. */
export interface Incident {
  /** Where: `mqtt`, `coap`, `https`, `login`, … */
  readonly door: string
  /** Named: `BAD_SIGNATURE`, `UNKNOWN_DEVICE`, … */
  readonly reason: string
  /** Who, when that is known and was proven or claimed: a device, or the operator of a hospital; never a patient. */
  readonly device?: Address | undefined
}

/** The same thing from the same sender, as often as it came within a while. */
export interface RecordedIncident extends Incident {
  readonly first: UnixMs
  readonly last: UnixMs
  readonly count: number
}

export interface IncidentsOptions {
  readonly path: string
  /** Most records kept; the oldest go first. */
  readonly limit: number
  readonly reserveBytes: number
}

export interface IncidentsDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** What came within this time is one record. */
const FLUSH_MS = 500
/** Different incidents told apart within that time; the rest are counted without a device. */
const APART_LIMIT = 256
const SMALL_BUFFER_BYTES = 512 * 1024

/** Refusals, counted, and kept on the disk within bounds whatever anybody sends. */
export class Incidents implements Service {
  readonly #options: IncidentsOptions
  readonly #deps: IncidentsDeps
  readonly #disk: Disk
  readonly #counter: Counter<'door' | 'reason'>
  #fresh = new Map<string, RecordedIncident>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()
  #first = 1
  #next = 1

  constructor(options: IncidentsOptions, deps: IncidentsDeps) {
    this.#options = options
    this.#deps = deps
    const { path, reserveBytes } = options
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log: deps.log })
    this.#counter = new Counter({
      ...METRICS.refusalsTotal,
      labelNames: ['door', 'reason'],
      registers: [deps.metrics],
    })
  }

  async start(): Promise<void> {
    await this.#disk.open()
    const [first] = await this.#disk.level.keys({ limit: 1 }).all()
    const [last] = await this.#disk.level.keys({ reverse: true, limit: 1 }).all()
    if (first !== undefined && last !== undefined) {
      this.#first = readNumber(first, 0)
      this.#next = readNumber(last, 0) + 1
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    await this.flush()
    await this.#disk.close()
  }

  /** Count a refusal and have it recorded soon. Never waits. */
  note(incident: Incident): void {
    const { door, reason } = incident
    this.#counter.inc({ door, reason })
    const at = this.#deps.clock.now()
    const name = `${door} ${reason} ${incident.device ?? ''}`
    const isApart = this.#fresh.has(name) || this.#fresh.size < APART_LIMIT
    const key = isApart ? name : `${door} ${reason} `
    const held = this.#fresh.get(key)
    this.#fresh.set(key, {
      door,
      reason,
      device: isApart ? incident.device : undefined,
      first: held?.first ?? at,
      last: at,
      count: (held?.count ?? 0) + 1,
    })
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  /** Newest first, at most `limit`. */
  async recent(limit: number): Promise<readonly RecordedIncident[]> {
    await this.flush()
    const values = await this.#disk.level.values({ reverse: true, limit }).all()
    return values.map(decodeIncident)
  }

  /** Put on the disk what is not there yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    await this.#flushing
  }

  async #write(): Promise<void> {
    const fresh = [...this.#fresh.values()]
    if (fresh.length === 0) return
    this.#fresh = new Map()
    const added = fresh.map((incident, index) => put(keyOf(this.#next + index), encodeIncident(incident)))
    const next = this.#next + fresh.length
    const first = Math.max(this.#first, next - this.#options.limit)
    const gone = Array.from({ length: first - this.#first }, (_, index) => del(keyOf(this.#first + index)))
    try {
      await this.#disk.write([...added, ...gone], true)
      this.#next = next
      this.#first = first
    } catch (err) {
      this.#deps.log.warn({ err, lost: fresh.length }, 'incidents not recorded')
    }
  }
}

function keyOf(number: number): Buffer {
  const key = Buffer.allocUnsafe(8)
  writeNumber(key, number, 0)
  return key
}

function encodeIncident({ door, reason, device, first, last, count }: RecordedIncident): Uint8Array {
  return encodeCbor([door, reason, device === undefined ? null : rawOf(device), first, last, count])
}

function decodeIncident(value: Uint8Array): RecordedIncident {
  const fields = new FieldReader('incident', decodeCbor(value, 'incident', 1_024), 6)
  return {
    door: fields.text(64),
    reason: fields.text(64),
    device: fields.orNull((reader) => reader.address()),
    first: fields.instant(),
    last: fields.instant(),
    count: fields.uint(),
  }
}
