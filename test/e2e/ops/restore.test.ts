import { execFile } from 'node:child_process'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { anchoredOnChain, anchorsByBatch, differenceOf } from '../../support/anchors.ts'
import { listBatches } from '../../support/arrivals.ts'
import { rpc } from '../../support/chain-watch.ts'
import { DAEMON, HospitalProcess } from '../../support/hospital.ts'
import { outcomeOf, runToEnd } from '../../support/process.ts'
import { RawDevice } from '../../support/raw-device.ts'
import { openScene, type Scene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const RAW_EVERY_MS = 100
const LIFE_MS = 5_000
const PASSPHRASE = 'correct horse battery staple'

t.setTimeout(360_000)

for (const chain of ['lost', 'survived'] as const) {
  t.test(`a hospital of an older backup whose chain ${chain} contradicts nothing`, async (t) => {
    const scene = await openScene(t)
    const { hospital, known, patient } = scene
    const device = await RawDevice.bind(patient, hospital, 'mqtt')
    device.start(RAW_EVERY_MS)
    await delay(LIFE_MS)

    const passphraseFile = join(scene.dir, 'passphrase')
    await writeFile(passphraseFile, `${PASSPHRASE}\n`)
    const backup = join(scene.dir, 'backup.age')
    const locked = ['--passphrase-file', passphraseFile]
    const early = device.acknowledged.length
    await runToEnd(DAEMON, ['backup', '--config', hospital.configFile, '--out', backup, ...locked])
    t.ok(early > 10, `${early} batches were taken before the backup`)
    await delay(LIFE_MS)
    const before = await receiptsOf(scene, device)
    const head = Number(await rpc(hospital.endpoints.rpc, 'eth_blockNumber', []))
    await hospital.kill()
    const acknowledged = device.acknowledged
    t.ok(before.size > early, `${before.size} receipts were given before the loss`)

    // The disk is lost; all there is is the backup, and perhaps the chain.
    const lost = join(scene.dir, 'lost')
    await rename(hospital.dir, lost)
    const choice = chain === 'lost' ? ['--chain-lost'] : ['--chain', join(lost, 'data/chain')]
    const restore = ['restore', '--file', backup, '--dir', hospital.dir, ...locked]
    const undecided = await outcomeOf(DAEMON, restore)
    t.match(undecided, { code: 1, stderr: /seals alone.*--chain/ }, 'which chain is for people to say')
    await runToEnd(DAEMON, [...restore, ...choice])
    const restored = HospitalProcess.at(hospital.dir)
    t.teardown(() => restored.kill())
    await restored.start()

    // A device sends again what it has no receipt for; here it does so with everything.
    for (const batch of acknowledged) {
      await until(
        'the hospital answers',
        async () => (await device.deliver(batch)) && device.saidOf(batch) !== 'busy',
      )
    }
    await device.finish()
    t.same(device.refused, [], 'nothing that it took before is refused')
    const span = { from: 0 as UnixMs, to: (Date.now() + MINUTE_MS) as UnixMs }
    const listed = await until('everything is anchored', async () => {
      const found = await listBatches(patient, span)
      return found.waiting === 0 ? found.anchored : undefined
    })
    t.same(
      acknowledged.filter(({ cid }) => !listed.has(cid)),
      [],
      `${acknowledged.length} batches are there`,
    )
    const after = await receiptsOf(scene, device)
    t.same(
      [...before.keys()].filter((cid) => !after.has(cid)),
      [],
      'whatever had a receipt has one',
    )

    const hashes = new Map<number, string>()
    for (const { anchor } of before.values()) hashes.set(anchor.blockNumber, anchor.blockHash)
    const contradicting = [...after.values()].filter(({ anchor }) => {
      const hash = hashes.get(anchor.blockNumber)
      return hash !== undefined && hash !== anchor.blockHash
    })
    t.same(contradicting, [], 'no receipt names another block by a number that an earlier one gave')
    const fresh = [...after.values()].filter(({ anchor }) => anchor.blockNumber > head)
    t.ok(fresh.length > 0, `${fresh.length} receipts name blocks after all that were lost`)

    const anchors = await anchoredOnChain(restored.endpoints.rpc, (await known.client.realm()).anchor)
    const survivors = chain === 'lost' ? [] : [...before.values()]
    for (const { anchor } of [...after.values(), ...survivors]) {
      const block = (await rpc(restored.endpoints.rpc, 'eth_getBlockByNumber', [
        `0x${anchor.blockNumber.toString(16)}`,
        false,
      ])) as { hash: string }
      if (block.hash !== anchor.blockHash) t.fail(`block ${anchor.blockNumber} is another one on the chain`)
    }
    await restored.stop()
    if (chain === 'survived') return
    const byBatch = await anchorsByBatch(join(hospital.dir, 'data'), anchors)
    const differing = [...after].flatMap(([cid, { anchor }]) => {
      // What was anchored while the backup was made may be so once more: its journal is older than its chain.
      const faults = (byBatch.get(cid) ?? []).map((place) => differenceOf(anchor, place))
      return faults.includes(undefined) ? [] : [`${cid}: ${faults.join(', ') || 'not on the chain'}`]
    })
    t.same(differing, [], 'each receipt says what the chain says')
  })
}

t.test('a backup is what age opens, without kfrags, and nothing else opens it', async (t) => {
  const scene = await openScene(t)
  const { dir, hospital } = scene
  await promisify(execFile)('age-keygen', ['-o', join(dir, 'identity')])
  const { stdout } = await promisify(execFile)('age-keygen', ['-y', join(dir, 'identity')])
  const backup = join(dir, 'backup.age')
  const made = ['backup', '--config', hospital.configFile, '--out', backup, '--recipient', stdout.trim()]
  await runToEnd(DAEMON, made)
  t.match(await outcomeOf(DAEMON, made), { code: 1, stderr: /is there already/ })
  const list = ['-c', `age -d -i '${join(dir, 'identity')}' '${backup}' | tar t`]
  const names = (await promisify(execFile)('sh', list)).stdout.trim().split('\n')
  for (const name of [
    'daemon.json',
    'keys/receipt.key',
    'keys/ca-key.pem',
    'data/journal/CURRENT',
    'data/chain/CURRENT',
  ])
    t.ok(names.includes(name), name)
  t.same(
    names.filter((name) => /kfrags|storage\.key|operator-token/.test(name)),
    [],
  )

  const at = join(dir, 'elsewhere')
  const restore = (...rest: string[]) => outcomeOf(DAEMON, ['restore', '--dir', at, '--chain-lost', ...rest])
  const identity = ['--identity-file', join(dir, 'identity')]
  await promisify(execFile)('age-keygen', ['-o', join(dir, 'other')])
  t.match(await restore('--file', backup, '--identity-file', join(dir, 'other')), {
    stderr: /nothing that was given/,
  })
  const cut = join(dir, 'cut.age')
  await promisify(execFile)('sh', ['-c', `head -c -100 '${backup}' > '${cut}'`])
  t.match(await restore('--file', cut, ...identity), { code: 1, stderr: /not a whole backup/ })
  t.match(
    await restore('--file', backup, ...identity),
    { code: 0 },
    'and a failed restore leaves nothing in the way',
  )
  t.match(await restore('--file', backup, ...identity), { code: 1, stderr: /not empty/ })
})

/** Receipts of all that a device has sent, as far as there are any. */
async function receiptsOf({ known }: Scene, device: RawDevice): Promise<ReadonlyMap<string, Receipt>> {
  const receipts = new Map<string, Receipt>()
  for (const { cid } of device.acknowledged) {
    const receipt = await known.client.receipt(cid)
    if (receipt !== undefined) receipts.set(cid, receipt)
  }
  return receipts
}
