import { spawnSync } from 'node:child_process'
import { mkdir, open, readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { SENSORS, TestAgent, testFolder } from '../support/bedside.ts'
import { TcpProxy } from '../support/proxy.ts'
import { makeSetting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const MIB = 1_048_576
t.setTimeout(240_000)

/** A file system of a few MiB, where this user may mount one. */
async function smallDisk(
  t: { teardown(work: () => unknown): unknown },
  mib: number,
): Promise<string | undefined> {
  const folder = join(await testFolder(t), 'disk')
  await mkdir(folder)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder])
  if (mounted.status !== 0) return undefined
  t.teardown(() => spawnSync('umount', ['-l', folder]))
  return folder
}

const disk = await smallDisk(t, 4)

t.test(
  'on a full disk samples wait; when the hospital is back everything drains, and nothing is missing',
  { skip: disk === undefined && 'this user may not mount' },
  async (t) => {
    if (disk === undefined) return
    const setting = await makeSetting(t, { periodMs: 100 })
    const { hospital, patient, broker } = setting
    const proxy = new TcpProxy(Number(new URL(broker.url).port))
    const url = `mqtts://127.0.0.1:${await proxy.listen()}`
    t.teardown(() => proxy.close())
    proxy.isRefusing = true
    const ledgerFile = join(setting.folder, 'ledger')
    const agent = await TestAgent.make({
      folder: disk,
      patient,
      hospital: setting.pinned,
      config: {
        sensors: SENSORS.slice(1, 2),
        simulation: {
          source: { kind: 'noise' },
          time: { startUnixMs: Date.UTC(2025, 0, 1), speed: 2_000 },
          ledgerFile,
        },
        batch: { windowMs: { vitals: 5_000 }, journalMs: 20_000 },
        uplink: { url, retryLimitMs: 1_000 },
        status: { everyMs: 200, file: join(setting.folder, 'status.json') },
        logLevel: 'warn',
      },
    })
    agent.start()
    t.teardown(() => agent.stop('SIGKILL'))
    const status = async () => JSON.parse(await readFile(join(setting.folder, 'status.json'), 'utf8'))
    await until('it runs', async () => (await status().catch(() => undefined))?.delivery?.pipeline.sealed > 0)
    // Whatever is left, but for a little, goes to somebody else.
    const { bavail, bsize } = await statfs(disk)
    const filler = await open(join(disk, 'filler'), 'w')
    await filler.write(Buffer.alloc(Math.max(0, bavail * bsize - MIB / 4)))
    await filler.close()
    await until('it says so', async () => (await status()).delivery.pipeline.trouble === 'DISK_FULL')
    const { samples } = (await status()).delivery.pipeline
    t.equal(agent.isRunning, true)

    proxy.isRefusing = false
    await until('it goes on', async () => (await status()).delivery.pipeline.samples > samples + 500)
    t.equal(await agent.stop('SIGTERM'), 0)
    const second = (at: number) => Math.floor(at / 1_000)
    const received = hospital.batches.flatMap(({ batch }) =>
      patient.open(batch).columns.flatMap((column) => column.samples.map(({ at }) => second(at))),
    )
    t.equal(new Set(received).size, received.length, 'nothing came twice')
    const ledger = (await readFile(ledgerFile, 'utf8')).trim().split('\n')
    const handedOut = ledger.map((line) => second(JSON.parse(line).atMonotonicMs))
    const end = Math.max(...received)
    const missing = handedOut.filter((one) => one <= end && !new Set(received).has(one))
    // What is still in the spool comes in order, so up to the last nothing can be missing.
    t.same(missing, [])
  },
)
