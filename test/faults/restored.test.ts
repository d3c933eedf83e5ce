import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { DAEMON } from '../support/hospital.ts'
import { runToEnd } from '../support/process.ts'
import { receiptsAt } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { falseReceipts } from '../support/true-receipts.ts'
import { until } from '../support/until.ts'
import { BACKUP_MS, fault } from './support/fault.ts'
import { Issued } from './support/issued.ts'
import { nothingMissingOrDoubled } from './support/one-away.ts'
import { openWard } from './support/ward.ts'

/** What is to be fetched anew is more, the older the backup. */
const LIMIT_MS = 180_000 + BACKUP_MS / 5

t.setTimeout(900_000 + 2 * BACKUP_MS)

t.test('one of three hospitals loses its disk and goes on from an older backup', async (t) => {
  const ward = await openWard(t)
  const [, hospital] = ward.hospitals
  const [, device] = ward.devices
  const dir = await testFolder(t)
  const [backup, passphraseFile] = [join(dir, 'backup.age'), join(dir, 'passphrase')]
  await writeFile(passphraseFile, 'correct horse battery staple\n')
  const issued = new Issued(ward)
  t.teardown(() => issued.stop())
  const done = 'second of three hospitals restored from a backup that is older than its disk was'
  await fault(t, { done, asked: 'it catches up; no receipt is contradicted' }, async (t) => {
    await until('it gave receipts', async () => device.acknowledged.some(({ cid }) => issued.has(1, cid)))
    await hospital.command('backup', '--out', backup, '--passphrase-file', passphraseFile)
    const early = device.acknowledged.length
    const made = performance.now()
    await until('it gives more of them', async () =>
      device.acknowledged.slice(early).some(({ cid }) => issued.has(1, cid)),
    )
    await delay(BACKUP_MS)
    await hospital.kill()
    const ageSec = (performance.now() - made) / 1_000
    const lost = device.acknowledged.length - early
    await rename(hospital.dir, join(dir, 'lost'))
    const from = ['--file', backup, '--passphrase-file', passphraseFile]
    await runToEnd(DAEMON, ['restore', ...from, '--dir', hospital.dir])
    const back = performance.now()
    await hospital.start()
    // As a device with a disk does with all that it has no receipt for.
    for (const batch of device.acknowledged.slice()) {
      const isHeard = async () => (await device.deliver(batch)) && device.saidOf(batch) !== 'busy'
      await until('it answers', isHeard, LIMIT_MS)
    }
    const newest = device.acknowledged.slice(-2)
    const isProven = async () => (await receiptsAt(hospital, newest)) === newest.length
    await until('it gives receipts again', isProven, LIMIT_MS)
    const seconds = (performance.now() - back) / 1_000
    const known = ward.known[0]
    const { anchor } = await known.client.realm()
    t.same(await falseReceipts(ward.hospitals[0].endpoints.rpc, anchor, issued.all), [])
    return `backup ${ageSec.toFixed(0)} s old, ${lost} batches of its device after it; receipts again ${seconds.toFixed(1)} s after its start; ${issued.all.length} receipts before and after, none false`
  })
  if (t.passing()) await nothingMissingOrDoubled(t, ward, ward.known[1].hospital)
})
