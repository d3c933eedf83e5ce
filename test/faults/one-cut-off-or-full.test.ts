import { join } from 'node:path'
import t from 'tap'
import { FAULT_MS, LONG_CUT_MS } from './support/fault.ts'
import { goOnWithout, nothingMissingOrDoubled } from './support/one-away.ts'
import { SmallDisk } from './support/small-disk.ts'
import { openWard } from './support/ward.ts'

/** Of each hospital's data: what a daemon keeps free for itself and a test's data, some times over. */
const DISK_MB = 600

t.setTimeout(900_000 + 2 * LONG_CUT_MS)

t.test('any one of three hospitals is cut off or has a full disk', async (t) => {
  const disks: SmallDisk[] = []
  const ward = await openWard(t, {
    prepare: async (dirs) => {
      for (const dir of dirs) disks.push(await SmallDisk.mount(t, join(dir, 'data'), DISK_MB))
    },
  })
  for (const index of [0, 1, 2]) {
    await goOnWithout(t, ward, index, {
      name: 'cut off: packets vanish',
      forMs: index === 0 ? LONG_CUT_MS : FAULT_MS,
      begin: () => ward.networks.cut(index),
      end: () => ward.networks.heal(index),
    })
    await goOnWithout(t, ward, index, {
      name: 'with a full disk',
      begin: async () => {
        t.comment(`${await disks[index]?.fill()} MiB were free`)
      },
      end: async () => disks[index]?.clear(),
    })
  }
  await nothingMissingOrDoubled(t, ward)
})
