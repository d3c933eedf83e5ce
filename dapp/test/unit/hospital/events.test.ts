import t from 'tap'
import { eventsIn, type HospitalEvent } from '../../../src/hospital/events.ts'

/** A stream that gives `text` in pieces of so many bytes. */
function streamOf(text: string, bytesAtOnce: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let place = 0
  return new ReadableStream({
    pull(controller) {
      if (place >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(place, place + bytesAtOnce))
      place += bytesAtOnce
    },
  })
}

async function read(text: string, bytesAtOnce = 7): Promise<readonly HospitalEvent[]> {
  const events: HospitalEvent[] = []
  for await (const event of eventsIn(streamOf(text, bytesAtOnce))) events.push(event)
  return events
}

const CID = `bafyrei${'a'.repeat(52)}`
const HELLO = 'id: 1-0\nevent: hello\ndata: {"now":1700000000000,"isResumed":false}\n\n'
const ANCHORED = `id: 1-2\nevent: anchored\ndata: {"cids":["${CID}"],"block":7}\n\n`

t.test('events and signs of life are read, however they are cut', async (t) => {
  for (const bytesAtOnce of [1, 7, 10_000]) {
    const events = await read(`${HELLO}: \nid: 1-1\n\n${ANCHORED}`, bytesAtOnce)
    t.match(events, [
      { kind: 'hello', id: '1-0', data: { isResumed: false } },
      { kind: 'heartbeat', id: '1-1' },
      { kind: 'anchored', id: '1-2', data: { cids: [CID], block: 7 } },
    ])
  }
})

t.test('what a later hospital tells besides is passed over', async (t) => {
  const events = await read(`id: 1\nevent: weather\ndata: {}\n\n${HELLO}`)
  t.same(
    events.map(({ kind }) => kind),
    ['hello'],
  )
})

t.test('an event that is none, or has no end, ends the stream', async (t) => {
  await t.rejects(read('id: 1\nevent: anchored\ndata: {"cids":["no"],"block":1}\n\n'))
  await t.rejects(read(`data: ${'x'.repeat(1_100_000)}`, 100_000), { message: 'an event without end' })
})
