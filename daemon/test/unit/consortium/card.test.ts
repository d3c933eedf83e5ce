import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@hygeia/runtime/config-file'
import t from 'tap'
import { DaemonConfig } from '../../../src/config/config.ts'
import { parseCard, parseInvitation } from '../../../src/consortium/card.ts'
import { Peers } from '../../../src/consortium/peers.ts'
import { initHospital, joinHospital } from '../../../src/init/init.ts'
import { readKeys } from '../../../src/init/keys.ts'
import { readCertificates } from '../../../src/init/tls-files.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-consortium-'))
t.teardown(() => rm(dir, { recursive: true }))

const founded = await initHospital({
  dir: join(dir, 'first'),
  hosts: ['127.0.0.1'],
  periodSec: 1,
  gasLimit: 4_700_000,
  epoch: 30_000,
  swarm: ['/ip4/127.0.0.1/tcp/0'],
})
const keysDir = join(dir, 'first/keys')
const { accounts } = await readKeys(keysDir)
const card = {
  ...founded.hospital,
  validator: accounts.validator.signer.address,
  api: 'https://127.0.0.1:8443',
  ca: (await readCertificates(keysDir)).ca,
}
const invitation = {
  version: 1,
  genesis: JSON.parse(await readFile(join(keysDir, 'genesis.json'), 'utf8')),
  directory: `0x${'d1'.repeat(20)}`,
  swarmKey: await readFile(join(keysDir, 'swarm.key'), 'utf8'),
  hospitals: [card],
  rpc: 'http://127.0.0.1:8545',
}

t.test('who joins has keys of its own, and everything else from the invitation', async (t) => {
  const { configFile, hospital } = await joinHospital({
    dir: join(dir, 'second'),
    hosts: ['127.0.0.1'],
    swarm: ['/ip4/127.0.0.1/tcp/0'],
    invitation,
  })
  const config = await readConfig(configFile, DaemonConfig)
  t.equal(config.consortium.directory, invitation.directory)
  t.match(config.chain, { engine: 'rpc', url: invitation.rpc })
  const swarmKeyFile = join(config.keysDir, 'swarm.key')
  t.match(config.ipfs, { listen: ['/ip4/127.0.0.1/tcp/0'], swarmKeyFile })
  t.equal(await readFile(swarmKeyFile, 'utf8'), invitation.swarmKey)
  t.equal((await stat(swarmKeyFile)).mode & 0o077, 0, 'which nobody else may read')
  t.same(JSON.parse(await readFile(join(config.keysDir, 'genesis.json'), 'utf8')), invitation.genesis)
  const theirs = new Set<string>(Object.values(founded.hospital))
  t.notOk(Object.values(hospital).some((key) => theirs.has(key)))
  const peers = new Peers({ dataDir: config.dataDir, hospital: hospital.operator })
  await peers.open()
  t.same(peers.all, [card])
})

t.test('without a node to ask, who joins runs geth and looks for those of the members', async (t) => {
  const enode = `enode://${'ab'.repeat(64)}@first.example:30303`
  const { rpc: _, ...withoutNode } = invitation
  const joined = async (name: string, overrides = {}) => {
    const { configFile } = await joinHospital({
      dir: join(dir, name),
      hosts: ['127.0.0.1'],
      overrides,
      invitation: { ...withoutNode, hospitals: [{ ...card, enode }] },
    })
    return (await readConfig(configFile, DaemonConfig)).chain
  }
  t.match(await joined('fourth'), { engine: 'geth', peers: [enode], p2p: { port: 30_303 } })
  const own = { chain: { engine: 'geth', p2p: { port: 30_399 } } }
  t.match(await joined('fifth', own), { engine: 'geth', peers: [enode], p2p: { port: 30_399 } })
  const elsewhere = { chain: { engine: 'rpc', url: 'http://127.0.0.1:8545' } }
  t.match(await joined('sixth', elsewhere), elsewhere.chain, 'unless its operator chose a node')
  t.throws(() => parseCard({ ...card, enode: 'enode://first.example' }), { code: 'CARD_INVALID' })
})

t.test('what is no card and no invitation is refused, every field at fault named', async (t) => {
  t.same(parseCard(card), card)
  const wrong = { ...card, operator: 'nobody', api: 'http://127.0.0.1' }
  t.throws(() => parseCard(wrong), { code: 'CARD_INVALID', message: /operator: .*api: / })
  t.throws(
    () => parseCard({ ...card, patient: 'somebody' }),
    { code: 'CARD_INVALID' },
    'nothing else goes in',
  )
  t.throws(() => parseInvitation({ ...invitation, hospitals: [] }), { code: 'CARD_INVALID' })
  const joining = { dir: join(dir, 'third'), hosts: ['127.0.0.1'], invitation: card }
  await t.rejects(joinHospital(joining), { code: 'CARD_INVALID' })
  await t.rejects(stat(joining.dir), { code: 'ENOENT' }, 'and nothing is made of it')
})

t.test('who was introduced is remembered, in place of what was known before', async (t) => {
  const own = `0x${'01'.repeat(20)}` as typeof card.operator
  const peers = new Peers({ dataDir: dir, hospital: own })
  await peers.open()
  t.same(peers.all, [])
  let met = 0
  peers.onMet(() => met++)
  await peers.meet(card)
  await peers.meet({ ...card, api: 'https://127.0.0.1:9443' })
  await peers.meet({ ...card, operator: own })
  t.equal(met, 2, 'nobody is its own peer')
  const again = new Peers({ dataDir: dir, hospital: own })
  await again.open()
  t.match(again.all, [{ operator: card.operator, api: 'https://127.0.0.1:9443' }])
  await writeFile(join(dir, 'peers.json'), '[{}]')
  await t.rejects(again.open(), { code: 'FILE_INVALID', message: /peers.json is damaged/ })
})
