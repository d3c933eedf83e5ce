import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sameBytes } from '@hygeia/protocol/cbor'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { topicOf } from '@hygeia/protocol/device-link/topics'
import { anchorSigner, isLeafProven } from '@hygeia/protocol/receipt/receipt'
import t, { type Test } from 'tap'
import { placeOf } from '../../src/anchor/contract.ts'
import { bind, type Sealed, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { run } from './support/program.ts'
import { until } from './support/until.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-clients-'))
const hospital = await startHospital(dir)
const device = new TestDevice(hospital.realm)
await bind(hospital, [device])
t.teardown(async () => {
  await hospital.stop()
  await rm(dir, { recursive: true })
})

const file = join(dir, 'batch')
const receiptOf = ({ digest }: Sealed) => until(() => hospital.receipts.receiptOf(digest))

async function holdsReceipt(t: Test, sealed: Sealed): Promise<void> {
  const receipt = await receiptOf(sealed)
  t.ok(isLeafProven(receipt), 'its proof leads to the root')
  t.ok(sameBytes(receipt.leaf.digest, sealed.digest), 'of these very bytes')
  t.equal(anchorSigner(hospital.realm, receipt.anchor, hospital.recover), hospital.receiptKey)
  const place = await placeOf(hospital.engine, hospital.contracts.anchor, { kind: 0, ...receipt.anchor })
  const { transaction, blockNumber, blockHash } = receipt.anchor
  t.same(place, { transaction, blockNumber, blockHash }, 'and the chain holds it there')
  const block = await hospital.ipfs.get(sealed.digest)
  t.ok(block !== undefined && sameBytes(block, sealed.bytes), 'IPFS gives the block back')
}

t.test('mosquitto_pub over TLS publishes a batch and it gets a receipt', async (t) => {
  const sealed = device.seal()
  const id = 'mosquitto'
  const password = device.token(hospital.hospital.operator, id, hospital.nonces.issue())
  await writeFile(file, sealed.bytes)
  const { status, stderr } = await run('mosquitto_pub', [
    ...['-h', 'localhost', '-p', String(hospital.broker.port), '--cafile', join(dir, 'keys', 'ca.pem')],
    ...['-u', device.address, '-P', password, '-i', id, '-q', '1'],
    ...['-t', topicOf(device.address, 'batch'), '-f', file],
  ])
  t.equal(status, 0, stderr)
  await holdsReceipt(t, sealed)
})

const url = (path: string) => `coap://127.0.0.1:${hospital.coap.port}/${path}`
const program = ['coap-client', 'coap-client-notls', 'coap-client-openssl', 'coap-client-gnutls']

async function coap(path: string, body: Uint8Array, ...more: readonly string[]) {
  await writeFile(file, body)
  const out = join(dir, 'reply')
  await rm(out, { force: true })
  for (const command of program) {
    try {
      const ended = await run(command, ['-m', 'post', '-B', '10', '-f', file, '-o', out, ...more, url(path)])
      return { ...ended, reply: await readFile(out) }
    } catch (cause) {
      if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ENOENT') throw cause
    }
  }
  throw new Error('libcoap is not installed')
}

for (const [name, ciphertextBytes, block] of [
  ['600 bytes', 320, '1024'],
  ['16 KB', 16_384, '1024'],
  ['64 KB', 65_024, '1024'],
  ['16 KB in small blocks', 16_384, '256'],
] as const) {
  t.test(`libcoap's coap-client uploads a batch of ${name} and it gets a receipt`, async (t) => {
    const sealed = device.seal({ ciphertextBytes })
    const { reply, stderr } = await coap('batch', sealed.bytes, '-b', block)
    t.same(decodeAnswers(reply), [], `taken, receipt to follow ${stderr}`)
    await holdsReceipt(t, sealed)
  })
}

t.test('a question by coap-client is answered with the receipts of all batches', async (t) => {
  const { reply, stderr } = await coap('question', device.ask(), '-b', '1024')
  const answers = decodeAnswers(reply)
  t.equal(stderr, '')
  const proven = answers.flatMap((answer) =>
    answer.kind === 'receipts' ? answer.proven.map((leaf) => ({ anchor: answer.anchor, ...leaf })) : [],
  )
  t.same(proven.map(({ leaf }) => leaf.sequence).sort(), [1, 2, 3, 4, 5])
  t.ok(proven.every(isLeafProven))
})
