import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { pinnedFetch } from '../../../bin/host/pinned-fetch.ts'
import { CA_FILE } from '../../support/tls.ts'

const pem = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../support/tls/${name}`, import.meta.url)))
/** Said to the client: it has to be gone a second earlier, and the server waits a second longer. */
const KEEP_MS = 2_000

let connections = 0
const closedByServer: boolean[] = []
const server = createServer({ key: pem('server.key'), cert: pem('server.pem'), keepAliveTimeout: KEEP_MS })
server.on('secureConnection', (socket) => {
  connections++
  let isEnded = false
  socket.once('end', () => {
    isEnded = true
  })
  socket.once('close', () => closedByServer.push(!isEnded))
})
server.on('request', (request, response) => {
  setTimeout(() => response.end('well'), request.url === '/slow' ? KEEP_MS : 0)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
t.teardown(() => {
  server.closeAllConnections()
  server.close()
})
const base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
const fetch = pinnedFetch(readFileSync(CA_FILE, 'utf8'))
const ask = async (path: string) => (await fetch(base + path, {})).text()

t.test('requests one after the other share a connection, slow ones too', async (t) => {
  for (const path of ['/', '/', '/slow', '/']) t.equal(await ask(path), 'well')
  t.equal(connections, 1)
})

t.test(
  'it is let go of before the server closes it, so that no request goes out on a dying one',
  async (t) => {
    await new Promise((resolve) => setTimeout(resolve, KEEP_MS - 200))
    t.same(closedByServer, [false])
    t.equal(await ask('/'), 'well')
    t.equal(connections, 2)
  },
)
