import { GroupCommit } from '@hygeia/runtime/group-commit'
import t from 'tap'

/** A disk that commits when told, and writes down the groups. */
function disk() {
  const groups: number[][] = []
  const pending: { resolve: () => void; reject: (cause: unknown) => void }[] = []
  let arrived: (() => void) | undefined
  const commit = (items: readonly number[]) =>
    new Promise<void>((resolve, reject) => {
      groups.push([...items])
      pending.push({ resolve, reject })
      arrived?.()
    })
  /** The next commit, once it has begun. */
  const next = async () => {
    if (pending.length === 0) await new Promise<void>((resolve) => (arrived = resolve))
    const begun = pending.shift()
    if (begun === undefined) throw new Error('no commit')
    return begun
  }
  return { commit, groups, next }
}

t.test('what comes in one burst, and while a commit is under way, goes together', async (t) => {
  const { commit, groups, next } = disk()
  const group = new GroupCommit<number>(commit, 100)
  const done: number[] = []
  const add = (item: number) => group.add(item).then(() => done.push(item))
  const burst = [1, 2, 3].map(add)
  const first = await next()
  const later = [4, 5].map(add)
  t.equal(group.waiting, 2)
  t.same(done, [], 'nothing is durable yet')
  first.resolve()
  await Promise.all(burst)
  t.same(done, [1, 2, 3], 'told in order')
  ;(await next()).resolve()
  await Promise.all(later)
  t.same(groups, [
    [1, 2, 3],
    [4, 5],
  ])
  await group.idle()
  t.equal(group.waiting, 0)
})

t.test('a commit takes at most the limit', async (t) => {
  const { commit, groups, next } = disk()
  const group = new GroupCommit<number>(commit, 2)
  const all = [1, 2, 3, 4, 5].map((item) => group.add(item))
  for (let commits = 0; commits < 3; commits++) (await next()).resolve()
  await Promise.all(all)
  t.same(groups, [[1, 2], [3, 4], [5]])
  t.throws(() => new GroupCommit(commit, 0), RangeError, 'which cannot be none')
})

t.test('a commit that fails fails its own items and none after them', async (t) => {
  const { commit, next } = disk()
  const group = new GroupCommit<number>(commit, 100)
  const lost = [1, 2].map((item) => group.add(item))
  const begun = await next()
  const kept = group.add(3)
  begun.reject(new Error('disk full'))
  for (const item of lost) await t.rejects(item, { message: 'disk full' })
  ;(await next()).resolve()
  await kept
  await group.idle()
  const again = group.add(4)
  ;(await next()).resolve()
  await again
})

t.test('it is idle when there was never anything, and not before the last commit', async (t) => {
  const { commit, next } = disk()
  const group = new GroupCommit<number>(commit, 100)
  await group.idle()
  const added = group.add(1)
  let isIdle = false
  const idle = group.idle().then(() => {
    isIdle = true
  })
  const begun = await next()
  t.notOk(isIdle)
  begun.resolve()
  await Promise.all([added, idle])
  t.ok(isIdle)
})
