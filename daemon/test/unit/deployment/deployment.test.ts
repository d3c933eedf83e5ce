import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@hygeia/runtime/log'
import { ClassicLevel } from 'classic-level'
import t from 'tap'
import { EmbeddedChain } from '../../../src/chain/embedded/engine.ts'
import { ensureContracts } from '../../../src/deployment/deployment.ts'
import { initHospital } from '../../../src/init/init.ts'
import { addressesOf, readKeys } from '../../../src/init/keys.ts'
import { type JournaledTransaction, TransactionJournal } from '../../../src/transactor/journal.ts'
import { Transactor } from '../../../src/transactor/transactor.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-deployment-'))
const log = createLog('test', 'silent')
t.after(() => rm(dir, { recursive: true, force: true }))

await initHospital({ dir, hosts: ['localhost'], periodSec: 1, gasLimit: 4_700_000, epoch: 30_000 })
const keys = await readKeys(join(dir, 'keys'))
const genesis = JSON.parse(await readFile(join(dir, 'keys/genesis.json'), 'utf8'))

async function start() {
  const engine = new EmbeddedChain(
    {
      dir: join(dir, 'chain'),
      genesis,
      signerKey: keys.accounts.validator.key,
      rpc: { host: '127.0.0.1', port: 0 },
    },
    { log, onFault: (cause) => t.fail(String(cause)) },
  )
  await engine.start()
  const journal = new TransactionJournal(
    new ClassicLevel<string, JournaledTransaction>(join(dir, 'transactions'), { valueEncoding: 'json' }),
  )
  const operator = new Transactor(
    { tipWei: 1_000_000_000n, gasInFlight: 4_700_000, stuckBlocks: 3 },
    { engine, journal, key: keys.accounts.operator.key, log },
  )
  await operator.start()
  const stop = async () => {
    await operator.stop()
    await engine.stop()
  }
  return { engine, operator, stop }
}

t.test('a start that ended in the middle of deploying is carried on to the same addresses', async (t) => {
  const first = await start()
  const deployed = t.rejects(ensureContracts({ ...first, hospital: addressesOf(keys), log }))
  await new Promise<void>((resolve) => {
    const unwatch = first.engine.onHead(({ number }) => {
      if (number < 2) return
      unwatch()
      resolve()
    })
  })
  await first.stop()
  await deployed

  const second = await start()
  const contracts = await ensureContracts({ ...second, hospital: addressesOf(keys), log })
  t.same(
    await ensureContracts({ ...second, hospital: addressesOf(keys), log }),
    contracts,
    'found, not deployed again',
  )
  for (const [name, address] of Object.entries(contracts)) {
    const code = await second.engine.request({ method: 'eth_getCode', params: [address, 'latest'] })
    t.not(code, '0x', `${name} is there`)
  }
  await second.stop()
})
