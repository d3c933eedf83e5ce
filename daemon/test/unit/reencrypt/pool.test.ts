import { randomBytes } from 'node:crypto'
import { openReencrypted } from '@hygeia/protocol/umbral/cfrag'
import { wrap } from '@hygeia/protocol/umbral/encrypt'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { dealKfrags } from '@hygeia/protocol/umbral/kfrag'
import { createLog } from '@hygeia/runtime/log'
import { Registry } from 'prom-client'
import t from 'tap'
import { KfragCache } from '../../../src/reencrypt/kfrag-cache.ts'
import { ReencryptPool } from '../../../src/reencrypt/pool.ts'

const [label, physician, signing] = [randomSecretKey(), randomSecretKey(), randomSecretKey()]
const keys = {
  verifyingKey: publicKey(signing),
  delegatingKey: publicKey(label),
  receivingKey: publicKey(physician),
}
const dealing = { receivingKey: keys.receivingKey, signingSecret: signing, threshold: 1, shares: 1 }
const deal = (delegatingSecret = label) => dealKfrags({ ...dealing, delegatingSecret })[0] ?? new Uint8Array()
const kfrag = deal()
const wrapped = Array.from({ length: 40 }, () => {
  const dataKey = randomBytes(32)
  return { dataKey, ...wrap(keys.delegatingKey, dataKey) }
})
const lot = { name: 'grant/label', kfrag, keys, capsules: wrapped.map(({ capsule }) => capsule) }

async function start(
  t: { teardown(work: () => unknown): void },
  options: { workers?: number; queueLimit?: number } = {},
) {
  const pool = new ReencryptPool(
    { workers: 2, ...options },
    { log: createLog('test', 'silent'), metrics: new Registry() },
  )
  await pool.start()
  t.teardown(() => pool.stop())
  return pool
}

t.test('cfrags come in the order of their capsules, and open them', async (t) => {
  const pool = await start(t)
  const [joined = new Uint8Array(), empty] = await pool.reencrypt([lot, { ...lot, capsules: [] }])
  t.equal(joined.length, 40 * 381)
  t.equal(empty?.length, 0)
  for (const [index, { dataKey, capsule, ciphertext }] of wrapped.entries()) {
    const cfrag = joined.subarray(index * 381, (index + 1) * 381)
    const opened = openReencrypted(physician, keys, { capsule, ciphertext }, [cfrag])
    if (Buffer.compare(opened, dataKey) !== 0) t.fail(`capsule ${index}`)
  }
})

t.test('the first fragment that is not genuine is found among many', async (t) => {
  const pool = await start(t)
  const good = Array.from({ length: 40 }, () => ({ kfrag, keys }))
  t.equal(await pool.verify(good), undefined)
  const foreign = { kfrag: deal(randomSecretKey()), keys }
  const broken = { kfrag: randomBytes(310), keys }
  t.equal(await pool.verify(good.toSpliced(33, 1, foreign)), 33)
  t.equal(await pool.verify(good.toSpliced(3, 1, broken).toSpliced(33, 1, foreign)), 3)
})

t.test('a fragment that was not dealt for these keys re-encrypts nothing', async (t) => {
  const pool = await start(t)
  await t.rejects(pool.reencrypt([{ ...lot, kfrag: deal(randomSecretKey()), name: 'other' }]))
  t.equal((await pool.reencrypt([lot]))[0]?.length, 40 * 381, 'and others go on')
})

t.test('more than the queue holds is refused, until there is room', async (t) => {
  const pool = await start(t, { queueLimit: 50 })
  const first = pool.reencrypt([lot])
  await t.rejects(pool.reencrypt([lot]), { code: 'PROXY_BUSY' })
  await first
  t.ok(await pool.reencrypt([lot]))
})

t.test('a forgotten fragment is verified anew', async (t) => {
  const pool = await start(t)
  await pool.reencrypt([lot])
  await pool.forget('grant')
  // By the same name, what is kept would be used without a look at the bytes.
  await t.rejects(pool.reencrypt([{ ...lot, kfrag: randomBytes(310) }]))
})

t.test('a cache frees what it drops, and what it is told to forget', async (t) => {
  const cache = new KfragCache(2)
  const [capsule = new Uint8Array()] = lot.capsules
  const [first, second, third] = ['a/1', 'a/2', 'b/1'].map((name) => cache.get(name, kfrag, keys))
  t.equal(cache.size, 2)
  t.throws(() => first?.reencrypt(capsule), 'the oldest left, and its wasm memory with it')
  t.equal(cache.get('a/2', kfrag, keys), second, 'what is kept is not verified again')
  cache.forget('a')
  t.throws(() => second?.reencrypt(capsule))
  t.equal(third?.reencrypt(capsule).length, 381)
  t.equal(cache.size, 1)
})
