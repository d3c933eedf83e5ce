/** A part with a lifetime: `start` returns once it works, `stop` once it is quiet. */
export interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Start `services` in order, wait until `signal` aborts, stop them in reverse.
 *
 * @throws the first fault of a start, after the parts that had started were stopped; an AggregateError
 *   when stops fail too
 */
export async function runUntil(signal: AbortSignal, services: readonly Service[]): Promise<void> {
  const stack = new ServiceStack()
  const faults: unknown[] = []
  try {
    for (const service of services) {
      if (signal.aborted) break
      await stack.add(service)
    }
    await aborted(signal)
  } catch (cause) {
    faults.push(cause)
  }
  await stack.stop().catch((cause: unknown) => faults.push(cause))
  throwAll(faults)
}

/** Services that run together: each is stopped before those that were started before it. */
export class ServiceStack {
  readonly #running: Service[] = []

  /** Start `service`; it will be stopped with the others, also when its start fails half-way. */
  async add<T extends Service>(service: T): Promise<T> {
    this.#running.unshift(service)
    await service.start()
    return service
  }

  /** @throws what the stops threw, after all of them; an AggregateError when it was more than one */
  async stop(): Promise<void> {
    const faults: unknown[] = []
    for (const service of this.#running.splice(0)) {
      try {
        await service.stop()
      } catch (cause) {
        faults.push(cause)
      }
    }
    throwAll(faults)
  }
}

/**
 * Let two parts start side by side.
 *
 * @returns what both come to
 * @throws what the first that failed threw, not before the other has ended too: only then can it be stopped
 */
export async function together<A, B>(one: Promise<A>, other: Promise<B>): Promise<[one: A, other: B]> {
  await Promise.allSettled([one, other])
  return await Promise.all([one, other])
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function throwAll(faults: readonly unknown[]): void {
  if (faults.length === 1) throw faults[0]
  if (faults.length > 1) throw new AggregateError(faults, 'several parts failed')
}
