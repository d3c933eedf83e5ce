import { isAbort } from '@hygeia/runtime/abort'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Head, Reorganisation } from '../engine.ts'
import type { RpcTransport } from '../json-rpc/transport.ts'
import { Branch, type Link } from './branch.ts'
import type { Rule } from './rules.ts'

export interface FollowerOptions {
  /** Between two looks at the node's newest block. */
  readonly pollMs: number
}

export interface FollowerDeps {
  readonly transport: RpcTransport
  readonly rule: Rule
  readonly clock: Clock
  readonly log: Logger
  /** Told before the head is: must be durable when it resolves. */
  readonly onFinal: (final: { readonly number: number; readonly hash: string }) => Promise<void>
  readonly onHead: (head: Head) => void
  readonly onReorganised: (reorganisation: Reorganisation) => void
}

/** Blocks fetched one by one when more came at once; of more than these only the newest are told. */
const CATCH_UP = 200

/** Watches a node's newest block: tells each one in order, how far blocks are final, and when they were replaced. */
export class HeadFollower implements Service {
  readonly #options: FollowerOptions
  readonly #deps: FollowerDeps
  readonly #abort = new AbortController()
  #branch: Branch | undefined
  #head: Head | undefined
  #loop: Promise<void> | undefined

  constructor(options: FollowerOptions, deps: FollowerDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** @throws {ChainError | RpcError} when the node does not answer, or not as the consensus wants */
  async start(): Promise<void> {
    await this.#look()
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  /** Newest block; undefined before the start. */
  get head(): Head | undefined {
    return this.#head
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: this.#options.pollMs, limitMs: 5_000 })
    let isDown = false
    while (!signal.aborted) {
      try {
        await this.#look()
        if (isDown) log.info({ block: this.#head?.number }, 'the node answers again')
        isDown = false
        backoff.reset()
        await sleep(clock, this.#options.pollMs, signal)
      } catch (err) {
        if (signal.aborted || isAbort(err)) return
        if (!isDown) log.warn({ err }, 'the node does not answer, asked again')
        isDown = true
        await sleep(clock, backoff.nextMs(), signal).catch(() => {})
      }
    }
  }

  async #look(): Promise<void> {
    const { rule } = this.#deps
    const newest = await rule.linkAt('latest')
    const branch = this.#branch
    if (branch === undefined) {
      this.#branch = new Branch(await this.#backFrom(newest, rule.depth))
      await this.#tell(newest)
      return
    }
    // The same block, or a node that was restarted and is behind on the same branch.
    if (branch.holds(newest.number, newest.hash)) return
    const links = await this.#joining(branch, newest)
    const { added, replacedFrom } = branch.turnTo(links)
    if (replacedFrom !== undefined) this.#tellReorganised(replacedFrom, newest)
    for (const link of added.length > CATCH_UP ? [newest] : added) await this.#tell(link)
  }

  /** Blocks from where `newest` leaves the branch up to itself; the whole of what counts when that is too far back. */
  async #joining(branch: Branch, newest: Link): Promise<readonly Link[]> {
    const links = [newest]
    for (let link = newest; !branch.holds(link.number - 1, link.parentHash) && link.number > 0; ) {
      if (links.length > CATCH_UP) return this.#acrossGap(branch, newest)
      link = await this.#parentOf(link)
      links.unshift(link)
    }
    return links
  }

  /** After a long absence: begin anew at the newest block, but not without looking whether the old ones still stand. */
  async #acrossGap(branch: Branch, newest: Link): Promise<readonly Link[]> {
    const { tip } = branch
    if (newest.number > tip.number && !(await this.#stands(branch, tip.number))) {
      const final = this.#head?.finalNumber ?? 0
      // Whoever sealed a block by themselves before they were cut off finds another one there, and all before it as it was.
      this.#tellReorganised((await this.#stands(branch, final)) ? final + 1 : branch.oldest, newest)
    }
    return this.#backFrom(newest, this.#deps.rule.depth)
  }

  /** Whether the chain has the same block there; one that is older than what is known of the branch may be another. */
  async #stands(branch: Branch, number: number): Promise<boolean> {
    const hash = branch.hashAt(number)
    return hash !== undefined && (await this.#deps.rule.linkAt(number)).hash === hash
  }

  async #backFrom(newest: Link, depth: number): Promise<readonly Link[]> {
    const links = [newest]
    for (let link = newest; links.length < depth && link.number > 0; ) {
      link = await this.#parentOf(link)
      links.unshift(link)
    }
    return links
  }

  /** By hash, so that a chain that turns meanwhile cannot mix two branches. */
  async #parentOf({ parentHash }: Link): Promise<Link> {
    return this.#deps.rule.linkOf(parentHash)
  }

  async #tell(link: Link): Promise<void> {
    const { rule, clock, onFinal, onHead } = this.#deps
    const { number, hash, timestamp } = link
    const final = (await rule.finalAt(this.#branch ?? new Branch([link]))) ?? 0
    // What was final stays so unless it was replaced, which is told apart.
    const finalNumber = Math.min(number, Math.max(final, this.#head?.finalNumber ?? 0))
    const finalHash = this.#branch?.hashAt(finalNumber)
    if (finalHash !== undefined) await onFinal({ number: finalNumber, hash: finalHash })
    this.#head = { number, hash, timestamp, at: clock.now(), finalNumber }
    onHead(this.#head)
  }

  #tellReorganised(from: number, newest: Link): void {
    const { onReorganised, log } = this.#deps
    const held = this.#head
    const isPastFinality = held !== undefined && from <= held.finalNumber
    const facts = { from, to: newest.number, was: held?.number, isPastFinality }
    if (isPastFinality) {
      log.error(
        facts,
        'final blocks were replaced: compare the validators’ clocks and links, see the runbook',
      )
      this.#head = { ...held, finalNumber: from - 1 }
    } else log.info(facts, 'blocks were replaced before they were final')
    onReorganised({ from, isPastFinality })
  }
}
