import t from 'tap'
import { loadCrypto } from '../../../../src/chain/embedded/crypto.ts'
import { genesisBlock, readGenesis } from '../../../../src/chain/embedded/genesis.ts'
import { RICH, SIGNER, testGenesis } from '../../../chain/support/genesis.ts'

const crypto = await loadCrypto()

t.test('a genesis is read once, into what sealing needs', async (t) => {
  const spec = readGenesis(testGenesis({ periodSec: 5, epoch: 7, chainId: 99, gasLimit: 4_700_000 }), crypto)
  t.match(spec, { chainId: 99, periodSec: 5, epoch: 7, gasLimit: 4_700_000n })
  t.same(
    spec.signers.map((signer) => Buffer.from(signer).toString('hex')),
    [SIGNER.slice(2).toLowerCase()],
  )
})

t.test('every field that this engine cannot run is named', async (t) => {
  const good = testGenesis()
  const bad = {
    ...good,
    gasLimit: 'plenty',
    config: { ...good.config, londonBlock: 5, shanghaiTime: 0, clique: { period: 0, epoch: 30_000 } },
  }
  t.throws(() => readGenesis(bad, crypto), {
    code: 'GENESIS_UNUSABLE',
    message: /config\.londonBlock.*config\.clique\.period.*config\.shanghaiTime.*gasLimit/,
  })
  t.throws(() => readGenesis({ ...good, extraData: `0x${'00'.repeat(97)}` }, crypto), {
    code: 'GENESIS_UNUSABLE',
  })
  t.throws(() => readGenesis('{}', crypto), { code: 'GENESIS_UNUSABLE' })
})

t.test('everything allotted is in the state, and moves the hash', async (t) => {
  const hash = async (options: Parameters<typeof testGenesis>[0]) =>
    Buffer.from((await genesisBlock(readGenesis(testGenesis(options), crypto), crypto)).header.hash).toString(
      'hex',
    )
  const one = await hash({})
  t.equal(await hash({}), one)
  t.not(await hash({ funded: ['0x00000000000000000000000000000000000000aa'] }), one)
  t.not(await hash({ signers: [RICH[0] ?? ''] }), one)
  t.not(await hash({ gasLimit: 5_000_000 }), one)
})
