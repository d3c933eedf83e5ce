import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import type { ListedBatch, LiveEvent } from '../ports.ts'

const cidText = ({ digest }: ListedBatch) => formatCid(cidOfDigest(digest))

/** Data of an event, as JSON. */
function dataOf(event: LiveEvent): object {
  switch (event.kind) {
    case 'batch': {
      const { digest: _, ...listed } = event.batch
      return { cid: cidText(event.batch), ...listed }
    }
    case 'anchored':
      return { cids: event.batches.map(cidText), block: event.block }
    case 'grant':
      return { hash: event.hash, standing: event.standing }
    case 'audit':
      return {}
  }
}

/** One event on the wire. @param id - where to go on after it @see HTML Standard §9.2.6 */
export function eventFrame(id: string, event: LiveEvent): string {
  return frame(id, event.kind, dataOf(event))
}

/** The first event of a stream. */
export function helloFrame(id: string, hello: { readonly now: number; readonly isResumed: boolean }): string {
  return frame(id, 'hello', hello)
}

/** Keeps the connection, and moves the place to go on from past what others were told: no event of its own. */
export function heartbeatFrame(id: string): string {
  return `: \nid: ${id}\n\n`
}

function frame(id: string, kind: string, data: object): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`
}
