import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lostUntil, readRestored } from '../backup/restored.ts'
import { EmbeddedChain } from '../chain/embedded/engine.ts'
import type { ChainEngine } from '../chain/engine.ts'
import { GethChain } from '../chain/geth/engine.ts'
import { HttpTransport } from '../chain/json-rpc/http.ts'
import { RpcChain } from '../chain/rpc/engine.ts'
import { FinalPin } from '../chain/rpc/pin.ts'
import { metSoFar } from '../consortium/peers.ts'
import { findEngine } from '../engines/engines.ts'
import type { Genesis } from '../init/genesis.ts'
import type { Context } from './context.ts'

/** The engine that the configuration names; not started. */
export async function createEngine(context: Context, genesis: Genesis): Promise<ChainEngine> {
  const { config, keys, clock, log, onFault } = context
  const { chain } = config
  const pin = new FinalPin({ path: join(config.dataDir, 'final-block.json') })
  const deps = { log: log.child({ part: 'chain' }), clock, onFault }
  switch (chain.engine) {
    case 'embedded': {
      const signerKey = keys.accounts.validator.key
      return new EmbeddedChain(
        {
          dir: join(config.dataDir, 'chain'),
          genesis: genesis.json,
          signerKey,
          rpc: chain.rpc,
          fillUntil: lostUntil(await readRestored(config.dataDir)),
        },
        deps,
      )
    }
    case 'geth': {
      const { binary = await findEngine('geth', context.env), ...options } = chain
      const dir = join(config.dataDir, 'geth')
      const met = (await metSoFar(config.dataDir)).flatMap(({ enode }) => enode ?? [])
      const peers = [...new Set([...options.peers, ...met])]
      const validatorKey = keys.accounts.validator.key
      return new GethChain(
        { ...options, peers, binary, dir, genesis: genesis.json, gasLimit: genesis.gasLimit, validatorKey },
        { ...deps, pin },
      )
    }
    case 'rpc': {
      const token = chain.tokenFile && (await readFile(chain.tokenFile, 'utf8')).trim()
      const transport = new HttpTransport({ url: chain.url, token })
      const { url: rpcUrl, pickMs } = chain
      return new RpcChain(
        { engine: 'rpc', rpcUrl, genesis: genesis.json, pickMs },
        { ...deps, transport, pin },
      )
    }
  }
}
