import { Gauge, type Registry } from 'prom-client'
import type { Metric } from './names.ts'

/** A gauge that is read when somebody asks. */
export function gauge(
  registry: Registry,
  { name, help }: Metric,
  read: () => number | Promise<number>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read())
    },
  })
}
