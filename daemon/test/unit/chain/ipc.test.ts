import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { IpcTransport } from '../../../src/chain/json-rpc/ipc.ts'
import { scratch } from '../support/scratch.ts'

interface Call {
  readonly id: number
  readonly method: string
}

/** A socket that answers each line as told; undefined says nothing. */
async function node(t: Test, answer: (call: Call, socket: Socket) => string | undefined) {
  const path = join(await scratch(t), 'node.ipc')
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      for (const line of chunk.trim().split('\n')) {
        const text = answer(JSON.parse(line) as Call, socket)
        if (text !== undefined) socket.write(text)
      }
    })
  })
  server.listen(path)
  await once(server, 'listening')
  const end = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  t.teardown(end)
  const transport = new IpcTransport({ path })
  t.teardown(() => transport.close())
  return { transport, path, end, sockets }
}

const result = ({ id }: Call, value: unknown) => `${JSON.stringify({ jsonrpc: '2.0', id, result: value })}\n`

t.test('answers come to their callers in whatever order and pieces they arrive', async (t) => {
  const waiting: Call[] = []
  const { transport } = await node(t, (call, socket) => {
    waiting.push(call)
    if (waiting.length < 3) return undefined
    const text = waiting
      .toReversed()
      .map((one) => result(one, one.method))
      .join('')
    const at = text.length >> 1
    socket.write(text.slice(0, at))
    setTimeout(() => socket.write(text.slice(at)), 20)
    return undefined
  })
  const calls = ['a', 'b', 'c'].map((method) => transport.call(method, []))
  t.same(await Promise.all(calls), ['a', 'b', 'c'])
})

t.test('what the node refuses is told with its code', async (t) => {
  const { transport } = await node(
    t,
    ({ id }) =>
      `${JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message: 'no', data: '0x1' } })}\n`,
  )
  await t.rejects(transport.call('a', []), { name: 'RpcError', code: -32_000, message: 'no', data: '0x1' })
})

t.test('a node that goes away rejects what waits, and is found again', async (t) => {
  let isMute = true
  const { transport, sockets } = await node(t, (call) => (isMute ? undefined : result(call, 7)))
  const waiting = transport.call('a', [])
  waiting.catch(() => {})
  while (sockets.size === 0) await delay(5)
  await delay(20)
  for (const socket of sockets) socket.destroy()
  await t.rejects(waiting, { code: 'CHAIN_DOWN' })
  isMute = false
  t.equal(await transport.call('a', []), 7)
})

t.test('what is no answer ends the connection and not the process', async (t) => {
  const { transport } = await node(t, (call) => (call.method === 'bad' ? 'not JSON\n' : result(call, 1)))
  await t.rejects(transport.call('bad', []), { code: 'CHAIN_DOWN' })
  t.equal(await transport.call('good', []), 1)
})

t.test('without a node, and after the close, calls are rejected', async (t) => {
  const nobody = new IpcTransport({ path: join(await scratch(t), 'nobody.ipc') })
  await t.rejects(nobody.call('a', []), { code: 'CHAIN_DOWN' })
  const { transport } = await node(t, () => undefined)
  const waiting = transport.call('a', [])
  waiting.catch(() => {})
  await delay(20)
  await transport.close()
  await t.rejects(waiting, { code: 'CHAIN_DOWN' })
  await t.rejects(transport.call('a', []), { code: 'CHAIN_DOWN' })
})
