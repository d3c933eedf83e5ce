import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { KuboClient } from '../../../src/ipfs/kubo/client.ts'

const digest = new Uint8Array(32).fill(7)
const root = { digest, bytes: Uint8Array.of(0x80) }

/** A client of something that answers in place of Kubo. */
async function clientOf(t: Test, answer: RequestListener): Promise<KuboClient> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return new KuboClient({ url: `http://127.0.0.1:${port}`, secret: 'of-this-test' })
}

t.test('bytes that are not those of the CID are not believed', async (t) => {
  const asked: (string | undefined)[] = []
  const client = await clientOf(t, (request, response) => {
    asked.push(request.url, request.headers.authorization)
    response.end('something else')
  })
  await t.rejects(client.held(digest), { code: 'IPFS_WRONG_BLOCK' })
  t.match(asked, [/^\/api\/v0\/block\/get\?.*offline=true/, 'Bearer of-this-test'])
})

t.test('an import that is cut off is not taken for one that was pinned', async (t) => {
  const silent = await clientOf(t, (request, response) => {
    request.resume().on('end', () => response.end())
  })
  await t.rejects(silent.importPinned(root, []), { code: 'IPFS_DOWN' })
  const failing = await clientOf(t, (request, response) => {
    request.resume().on('end', () => {
      response.write('')
      response.destroy()
    })
  })
  await t.rejects(failing.importPinned(root, []), { code: 'IPFS_DOWN' })
})

t.test('another root than the one that was asked for is not believed', async (t) => {
  const client = await clientOf(t, (request, response) => {
    const other = 'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua'
    const answer = `${JSON.stringify({ Root: { Cid: { '/': other }, PinErrorMsg: '' } })}\n`
    request.resume().on('end', () => response.end(answer))
  })
  await t.rejects(client.importPinned(root, []), { code: 'IPFS_DOWN' })
})

t.test('nobody there is said as such', async (t) => {
  const client = new KuboClient({ url: 'http://127.0.0.1:9', secret: undefined })
  await t.rejects(client.identity(), { code: 'IPFS_DOWN' })
  await t.rejects(client.held(digest), { code: 'IPFS_DOWN' })
  await t.rejects(client.unpin(digest), { code: 'IPFS_DOWN' })
})
