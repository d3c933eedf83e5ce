import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openEmbeddedChain } from '@hygeia/daemon/chain/embedded/engine'
import { readGenesis } from '@hygeia/daemon/init/genesis'
import { readKeys } from '@hygeia/daemon/init/keys'
import { createLog } from '@hygeia/runtime/log'

/*
 * chain-node.ts --hospital DIR --dir DIR --port N: the chain of a consortium as a process of its own, sealed with the
 * key of the hospital that founded it, so that any of the hospitals can be killed and the chain goes on.
 */
const { values } = parseArgs({
  options: { hospital: { type: 'string' }, dir: { type: 'string' }, port: { type: 'string' } },
})
const keysDir = join(values.hospital ?? '', 'keys')
const { accounts } = await readKeys(keysDir)
const chain = await openEmbeddedChain(
  {
    dir: values.dir ?? '',
    genesis: (await readGenesis(keysDir)).json,
    signerKey: accounts.validator.key,
    rpc: { host: '127.0.0.1', port: Number(values.port) },
  },
  {
    log: createLog('chain-node', 'warn'),
    onFault: (cause) => {
      throw cause
    },
  },
)
process.once('SIGTERM', () => void chain.stop().then(() => process.exit(0)))
