import { freePort } from '@hygeia/runtime/test/free-port'

/** Where a hospital's doors are. */
export interface Ports {
  readonly api: number
  readonly mqtt: number
  readonly coap: number
  readonly rpc: number
}

/** Ports that nobody uses now, for a hospital that has to be found again after a restart. */
export async function steadyPorts(): Promise<Ports> {
  return { api: await freePort(), mqtt: await freePort(), coap: await freePort(), rpc: await freePort() }
}
