import t from 'tap'
import { IpfsConfig } from '../../../src/config/ipfs.ts'

const swarmKeyFile = '/etc/hygeia/swarm.key'
const peer = '/dns4/hospital.example/tcp/4001/p2p/12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf'

t.test('without a word it is the embedded node, which keeps to itself', async (t) => {
  t.same(IpfsConfig.parse({}), { node: 'embedded', listen: [] })
})

t.test('a Kubo needs the swarm key, and listens on a port that is known', async (t) => {
  t.same(IpfsConfig.parse({ node: 'kubo', swarmKeyFile, peers: [peer] }), {
    node: 'kubo',
    listen: ['/ip4/0.0.0.0/tcp/4001'],
    apiPort: 5001,
    swarmKeyFile,
    peers: [peer],
  })
  t.notOk(IpfsConfig.safeParse({ node: 'kubo' }).success)
})

t.test('what does not fit the private swarm over TCP is refused', async (t) => {
  const wrong = [
    { node: 'kubo', swarmKeyFile, listen: ['/ip4/0.0.0.0/udp/4001/quic-v1'] },
    { node: 'kubo', swarmKeyFile, listen: [] },
    { node: 'kubo', swarmKeyFile, peers: ['/ip4/10.0.0.1/tcp/4001'] },
    { node: 'kubo', swarmKeyFile: 'swarm.key' },
    { node: 'rpc', url: 'ftp://127.0.0.1' },
    { node: 'rpc', url: 'http://kubo:secret@127.0.0.1:5001' },
    { node: 'rpc', url: 'http://127.0.0.1:5001', secret: 'plain' },
    { node: 'another' },
  ]
  for (const each of wrong) t.notOk(IpfsConfig.safeParse(each).success, JSON.stringify(each))
})
