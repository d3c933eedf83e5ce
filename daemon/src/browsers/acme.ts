import { mkdir, readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { isAbort, orAborted } from '@hygeia/runtime/abort'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import acme from 'acme-client'
import type { AcmeConfig } from '../config/browsers.ts'
import { type CertificatePair, checkPair, isFresh } from './certificate.ts'
import type { Challenges } from './challenges.ts'

export interface AcmeOptions extends Pick<AcmeConfig, 'directory' | 'email'> {
  /** Account key, certificate and its key. */
  readonly dir: string
  readonly names: readonly string[]
  /** PEM of the CA of the authority's own server. */
  readonly ca?: string | undefined
}

export interface AcmeDeps {
  readonly challenges: Pick<Challenges, 'put' | 'remove'>
  /** Called with a certificate that is held, and with every new one. */
  readonly onPair: (pair: CertificatePair) => void
  readonly clock: Clock
  readonly log: Logger
}

const LOOK_MS = 3_600_000
/** Authorities count failures: five an hour at most. */
const RETRY = { firstMs: 60_000, limitMs: 21_600_000 }

/** A certificate that this hospital gets by itself, and renews when a third of its life is left. @see RFC 8555 */
export class AcmeCertificate implements Service {
  readonly #options: AcmeOptions
  readonly #deps: AcmeDeps
  readonly #abort = new AbortController()
  #loop: Promise<void> | undefined
  #held: CertificatePair | undefined

  constructor(options: AcmeOptions, deps: AcmeDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** What is held counts at once; a new one comes when it comes. */
  async start(): Promise<void> {
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 })
    this.#held = await this.#read()
    if (this.#held !== undefined) this.#deps.onPair(this.#held)
    this.#loop = this.#run().catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#abort
    const { names } = this.#options
    const backoff = new Backoff(RETRY)
    while (!signal.aborted) {
      if (this.#held !== undefined && isFresh(this.#held, names, clock.now())) {
        await sleep(clock, LOOK_MS, signal)
        continue
      }
      try {
        const pair = await this.#obtain(signal)
        this.#held = pair
        this.#deps.onPair(pair)
        backoff.reset()
        log.info({ names }, 'a certificate for browsers is here')
      } catch (err) {
        signal.throwIfAborted()
        log.error({ err, names }, 'no certificate for browsers: port 80 of these names has to lead here')
        await sleep(clock, backoff.nextMs(), signal)
      }
    }
  }

  async #obtain(signal: AbortSignal): Promise<CertificatePair> {
    const { directory, email, names, dir, ca } = this.#options
    if (ca !== undefined) acme.axios.defaults.httpsAgent = new Agent({ ca })
    const accountKey = await this.#accountKey()
    const client = new acme.Client({ directoryUrl: directory, accountKey })
    const [key, csr] = await acme.crypto.createCsr({ altNames: [...names] })
    const work = client.auto({
      csr,
      ...(email !== undefined && { email }),
      termsOfServiceAgreed: true,
      challengePriority: ['http-01'],
      // The names may lead here only from outside.
      skipChallengeVerification: true,
      challengeCreateFn: async (_authorization, { token }, answer) =>
        this.#deps.challenges.put(token, answer),
      challengeRemoveFn: async (_authorization, { token }) => this.#deps.challenges.remove(token),
    })
    const cert = await orAborted(work, signal)
    const pair = checkPair({ cert, key: key.toString() })
    await writeAtomic(join(dir, 'key.pem'), pair.key)
    await writeAtomic(join(dir, 'cert.pem'), pair.cert)
    return pair
  }

  async #accountKey(): Promise<string> {
    const path = join(this.#options.dir, 'account.pem')
    const held = await readFile(path, 'utf8').catch(() => undefined)
    if (held !== undefined) return held
    const made = (await acme.crypto.createPrivateEcdsaKey()).toString()
    await writeAtomic(path, made)
    return made
  }

  async #read(): Promise<CertificatePair | undefined> {
    const read = (name: string) => readFile(join(this.#options.dir, name), 'utf8')
    try {
      return checkPair({ cert: await read('cert.pem'), key: await read('key.pem') })
    } catch {
      // None yet, or a power cut between the two: another is got.
      return undefined
    }
  }
}
