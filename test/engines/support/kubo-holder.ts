// kubo-holder.ts PATH FILE SWARM-KEY: runs a Kubo as the daemon does, prints its process id, and stays.
import { KuboIpfs } from '@hygeia/daemon/ipfs/kubo/node'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'

const [path = '', file = '', swarmKeyFile = ''] = process.argv.slice(2)
const listen = ['/ip4/127.0.0.1/tcp/0']
const log = createLog('kubo-holder', 'silent')
const node = new KuboIpfs(
  { path, file, listen, peers: [], apiPort: 0, swarmKeyFile, reserveBytes: 0 },
  { clock: systemClock, log },
)
await node.start()
console.log(node.pid)
