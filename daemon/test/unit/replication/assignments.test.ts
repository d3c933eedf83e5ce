import type { Address } from '@hygeia/protocol/ids'
import { createLog } from '@hygeia/runtime/log'
import t from 'tap'
import { Assignments } from '../../../src/replication/assignments.ts'
import { ReplicaBook } from '../../../src/replication/book.ts'
import { scratch } from '../support/scratch.ts'
import { address, anchoredManifest, hex32 } from './support/anchored.ts'

const log = createLog('test', 'silent')
const [own, other, third] = [address(), address(), address()]
const COUNT = 600

t.test(
  'the book is assigned anew when the hospitals are others, a part at a time, and only then',
  async (t) => {
    const book = new ReplicaBook({ path: await scratch(t), reserveBytes: 0 }, { log })
    await book.start()
    t.teardown(() => book.stop())
    let active: readonly Address[] = [own, other]
    let assigned = 0
    const counting = {
      terms: () => book.terms(),
      noteTerms: (terms: string) => book.noteTerms(terms),
      after: book.after.bind(book),
      reassign: async (...args: Parameters<typeof book.reassign>) => {
        assigned++
        await book.reassign(...args)
      },
    }
    const started = () =>
      new Assignments(
        { hospital: own, factor: 'all' },
        {
          members: {
            get active() {
              return active.map((operator) => ({ operator })) as never
            },
          },
          book: counting,
        },
      )
    /** Until there is nothing more to do. @returns how many were assigned, and in how many parts */
    async function renewed(assignments: Assignments) {
      assigned = 0
      let parts = 0
      for (; assignments.mayDiffer; parts++) await assignments.renew()
      return { assigned, parts }
    }

    const first = started()
    await book.note(
      Array.from({ length: COUNT }, (_, block) =>
        first.of({ ...anchoredManifest(own, 1, block).anchored, root: hex32() }),
      ),
      COUNT,
    )
    t.match(await renewed(first), { assigned: COUNT })
    t.equal(book.statements.underReplicated, COUNT)
    t.match(await renewed(started()), { assigned: 0, parts: 1 }, 'a start alone costs nothing')

    active = [own, other, third]
    first.changed()
    const { parts } = await renewed(first)
    t.ok(parts > 2, `in ${parts} parts`)
    t.equal(book.statements.underReplicated, 2 * COUNT, 'the new one is asked, too')

    // It leaves, is asked nothing more, and is back before all was assigned without it.
    active = [own, other]
    first.changed()
    await first.renew()
    await book.statements.askNoMore(third)
    t.equal(book.statements.underReplicated, COUNT)
    active = [own, other, third]
    first.changed()
    await renewed(first)
    t.equal(book.statements.underReplicated, 2 * COUNT)

    active = [own, other]
    first.changed()
    await first.renew()
    active = [own, other, third]
    t.match(await renewed(started()), { assigned: COUNT }, 'nor does a restart in between leave any out')
  },
)
