import t from 'tap'
import { leftOutOf } from '../../../src/backup/left-out.ts'
import type { DaemonConfig } from '../../../src/config/config.ts'

const configured = (engine: string, node: string) =>
  ({ dataDir: '/var/lib/hygeia/data', chain: { engine }, ipfs: { node } }) as unknown as DaemonConfig

t.test('who makes a backup is told what only others can give back', async (t) => {
  t.equal(leftOutOf(configured('embedded', 'embedded'), 0), undefined)
  t.match(leftOutOf(configured('geth', 'kubo'), 2), /the chain and the sealed batches, .* \(2 known here\)/)
  t.match(
    leftOutOf(configured('geth', 'kubo'), 0),
    /no other hospital is known here.* keep a copy of \/var\/lib\/hygeia\/data\/geth and \/var\/lib\/hygeia\/data\/ipfs/,
  )
  t.match(leftOutOf(configured('embedded', 'kubo'), 0), /^Not in it: the sealed batches, and no other/)
})
