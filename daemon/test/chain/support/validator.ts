import { pino } from 'pino'
import { Validator, type ValidatorOptions } from '../../../src/chain/embedded/validator.ts'
import type { Head } from '../../../src/chain/engine.ts'
import { SIGNER_KEY, testGenesis } from './genesis.ts'
import { SimulatedClock } from './simulated-clock.ts'

export const START_MS = Date.UTC(2026, 0, 1)

/** The chain on this thread and on simulated time: blocks come as fast as they can be made. */
export interface SimulatedChain {
  readonly validator: Validator
  readonly clock: SimulatedClock
  readonly heads: Head[]
  readonly logged: string[]
}

export async function simulatedChain(
  options: { dir: string; periodSec?: number; epoch?: number } & Pick<ValidatorOptions, 'pool'>,
  clock = new SimulatedClock({ wallMs: START_MS }),
): Promise<SimulatedChain> {
  const { dir, pool, ...shape } = options
  const heads: Head[] = []
  const logged: string[] = []
  const validator = await Validator.open(
    {
      dir,
      genesis: testGenesis({ periodSec: 5, ...shape }),
      signerKey: SIGNER_KEY,
      rpc: { host: '127.0.0.1', port: 0 },
      pool,
    },
    {
      clock,
      log: pino({ level: 'debug' }, { write: (line) => logged.push(line) }),
      onHead: (head) => heads.push(head),
    },
  )
  await validator.start()
  return { validator, clock, heads, logged }
}
