import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import t from 'tap'
import { testFolder } from '../support/bedside.ts'
import { wearOf } from '../support/wear.ts'

/** linux/magic.h, TMPFS_MAGIC: nothing is written to a disk there. */
const TMPFS = 0x01021994
const skip = (await statfs(tmpdir())).type === TMPFS && 'temporary files lie in memory'

// A commit every two seconds dirties at least a block of 4096 bytes, 512 a reading of four at 1 Hz; the rest is what
// a database adds. 1000 are 346 MB a day, 1.3 TB in ten years: a card of 32 GB is written over some 40 times.
const CASES = [
  { name: 'four vital signs', hasEcg: false, perReading: 1_000 },
  { name: 'four vital signs and an ECG', hasEcg: true, perReading: 30 },
]

for (const { name, hasEcg, perReading } of CASES) {
  t.test(
    `${name} wear a card no more than is needed to lose no more than two seconds`,
    { skip },
    async (t) => {
      const { readings, bytes } = await wearOf(await testFolder(t), { minutes: 5, hasEcg })
      t.ok(bytes > 0, 'something is written')
      t.ok(bytes / readings <= perReading, `${(bytes / readings).toFixed(1)} bytes a reading`)
    },
  )
}
