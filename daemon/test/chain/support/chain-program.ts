import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { openEmbeddedChain } from '../../../src/chain/embedded/engine.ts'
import { SIGNER_KEY, testGenesis } from './genesis.ts'

/*
 * The engine as a process of its own, to be killed. Writes a line when it runs, and one for every head:
 *   started <url> <number> <hash>      head <number> <hash>
 */
const { values } = parseArgs({
  options: { dir: { type: 'string' }, period: { type: 'string' }, epoch: { type: 'string' } },
})
const chain = await openEmbeddedChain(
  {
    dir: values.dir ?? '',
    genesis: testGenesis({ periodSec: Number(values.period ?? 1), epoch: Number(values.epoch ?? 30_000) }),
    signerKey: SIGNER_KEY,
    rpc: { host: '127.0.0.1', port: 0 },
  },
  {
    log: pino({ level: 'error' }, process.stderr),
    onFault: (cause) => {
      throw cause
    },
  },
)
process.stdout.write(`started ${chain.rpcUrl} ${chain.head.number} ${chain.head.hash}\n`)
chain.onHead(({ number, hash }) => process.stdout.write(`head ${number} ${hash}\n`))
process.once('SIGTERM', () => void chain.stop().then(() => process.exit(0)))
// Whoever started this is gone: so is the reason to run.
process.stdin.resume().once('end', () => process.exit(1))
