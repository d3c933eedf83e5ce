/** A bare aedes: appends each payload to a file and syncs it before the acknowledgement. Run by `brokers.ts`. */
import { open, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { Aedes } from 'aedes'

const [keyFile = '', certFile = '', journalFile = ''] = process.argv.slice(2)
const journal = await open(journalFile, 'a')

async function keep(payload: Uint8Array): Promise<void> {
  await journal.write(payload)
  await journal.datasync()
}

const broker = new Aedes({
  authorizePublish: (_client, { payload }, done) => {
    keep(Buffer.from(payload)).then(() => done(null), done)
  },
})
await broker.listen()
const server = createServer(
  { key: await readFile(keyFile), cert: await readFile(certFile), noDelay: true },
  broker.handle,
)
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
