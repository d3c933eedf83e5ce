import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Head, Reorganisation } from '@hygeia/daemon/chain/engine'
import { Validators } from '@hygeia/daemon/chain/validators'
import { addressOf } from '@hygeia/protocol/ids'
import t from 'tap'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { GethNode, genesisOf, walletOf } from './support/geth-node.ts'

t.setTimeout(300_000)

t.test('three hospitals seal in turn', async (t) => {
  const dir = await testFolder(t)
  const names = ['a', 'b', 'c'] as const
  const genesis = genesisOf(names)
  const make = (validator: string) => GethNode.make({ dir: join(dir, validator), genesis, validator })
  const nodes = await Promise.all(names.map(make))
  t.teardown(() => Promise.all(nodes.map((node) => node.stop())))
  await Promise.all(nodes.map((node) => node.start(nodes)))
  const [a, b, c] = nodes
  if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes')
  const validators = new Validators({ engine: a.chain, kind: 'clique' })

  await t.test(
    'a block is final once two of them stand behind it, and all agree on what is final',
    async (t) => {
      t.same(a.chain.finality, { rule: 'signers', needed: 2 })
      t.notOk(a.chain.info.singleSigner)
      const finals = nodes.map(({ chain }) => watchFinal(chain.onHead.bind(chain)))
      await until('blocks are final', async () => nodes.every(({ chain }) => chain.head.finalNumber >= 6))
      for (const { chain } of nodes) {
        // Of blocks that came at once, each but the newest is told with what stands behind it already.
        const head = await until('the newest has one signer behind it', async () => {
          return chain.head.finalNumber < chain.head.number && chain.head
        })
        t.ok(head.number - head.finalNumber <= 2)
      }
      for (const { lags, isMonotonic } of finals) {
        t.ok(isMonotonic())
        t.ok(lags.length > 0)
      }
      const least = Math.min(...nodes.map(({ chain }) => chain.head.finalNumber))
      const hashes = await Promise.all(nodes.map((node) => hashAt(node, least)))
      t.equal(new Set(hashes).size, 1, `all hold the same block ${least}`)
    },
  )

  await t.test('who seals is listed, with how much', async (t) => {
    await until('all three sealed', async () => {
      const { validators: list } = await validators.list()
      return list.length === 3 && list.every(({ sealed }) => sealed !== undefined && sealed > 0)
    })
    t.same((await validators.list()).proposals, [])
  })

  await t.test('one is frozen, the two others go on; thawed, it has the same chain', async (t) => {
    const frozenAt = c.chain.head.number
    process.kill(c.pid, 'SIGSTOP')
    try {
      await until('the others go on', async () => a.chain.head.finalNumber > frozenAt + 4)
    } finally {
      process.kill(c.pid, 'SIGCONT')
    }
    const { finalNumber } = a.chain.head
    await until('the third is with them again', async () => c.chain.head.finalNumber >= finalNumber)
    t.equal(await hashAt(c, finalNumber), await hashAt(a, finalNumber))
  })

  await t.test('two are frozen: nothing becomes final until one is back', async (t) => {
    process.kill(b.pid, 'SIGSTOP')
    process.kill(c.pid, 'SIGSTOP')
    let stoodAt = 0
    try {
      await delay(4_000)
      stoodAt = a.chain.head.number
      await delay(3_000)
      t.equal(a.chain.head.number, stoodAt, 'one of three may not seal twice in a row')
      t.ok(a.chain.head.finalNumber < stoodAt)
    } finally {
      process.kill(b.pid, 'SIGCONT')
      process.kill(c.pid, 'SIGCONT')
    }
    await until('blocks come again', async () => a.chain.head.finalNumber > stoodAt)
  })

  await t.test('a fourth follows, is voted in and seals; voted out, it follows again', async (t) => {
    const d = await make('d')
    t.teardown(() => d.stop())
    await d.start([...nodes])
    const address = addressOf(walletOf('d').address)
    await until('it follows', async () => d.chain.head.finalNumber >= a.chain.head.finalNumber - 1)
    t.match(d.logged.join(''), /no validator yet/)
    const vote = async (admit: boolean, voters: readonly GethNode[]) => {
      for (const { chain } of voters)
        await new Validators({ engine: chain, kind: 'clique' }).propose(address, admit)
    }
    await vote(true, [a])
    t.same((await validators.list()).proposals, [{ address, admit: true }])
    const before = a.chain.head.number
    await until('blocks pass', async () => a.chain.head.number > before + 4)
    t.equal((await validators.list()).validators.length, 3, 'one vote of three is not enough')
    await vote(true, [b])
    await until('it seals', async () => {
      const { validators: list } = await validators.list()
      return list.some((it) => it.address === address && (it.sealed ?? 0) > 0)
    })
    t.same(a.chain.finality, { rule: 'signers', needed: 3 })
    t.match(d.logged.join(''), /this hospital seals blocks/)
    // The vote that came too late to be needed is still cast until it is taken back.
    await validators.discard(address)
    t.same((await validators.list()).proposals, [])
    await vote(false, [a, b, c])
    await until('it is out', async () => (await validators.list()).validators.length === 3)
    // geth says so before the next look at its newest block.
    await until('two are enough again', async () => {
      const { finality } = a.chain
      return finality.rule === 'signers' && finality.needed === 2
    })
    await until('it knows', async () => /no validator any more/.test(d.logged.join('')))
    const later = a.chain.head.finalNumber + 3
    await until('and follows', async () => d.chain.head.finalNumber >= later)
  })

  for (const node of nodes) t.same(node.faults, [])
})

t.test('two chains of one key meet: what was final on the lighter one is said to be replaced', async (t) => {
  const dir = await testFolder(t)
  const genesis = genesisOf(['a'])
  const make = (name: string) => GethNode.make({ dir: join(dir, name), genesis, validator: 'a' })
  const [longer, shorter] = [await make('longer'), await make('shorter')]
  t.teardown(() => Promise.all([longer.stop(), shorter.stop()]))
  await longer.start()
  await until('one is ahead', async () => longer.chain.head.number >= 6)
  await shorter.start()
  const turns: Reorganisation[] = []
  shorter.chain.onReorganised((turn) => turns.push(turn))
  await until('both seal', async () => shorter.chain.head.finalNumber >= 3)
  await shorter.chain.request({ method: 'admin_addPeer', params: [longer.enode] })
  await until('the shorter one turns', async () => turns.length > 0)
  t.match(turns[0], { from: 1, isPastFinality: true })
  await until('it follows the other', async () => {
    const { finalNumber } = shorter.chain.head
    return finalNumber > 6 && (await hashAt(shorter, finalNumber)) === (await hashAt(longer, finalNumber))
  })
  t.match(shorter.logged.join(''), /final blocks were replaced/)
})

/** What heads say of finality, as they come. */
function watchFinal(onHead: (listener: (head: Head) => void) => () => void) {
  const finals: number[] = []
  const lags: number[] = []
  onHead(({ number, finalNumber }) => {
    finals.push(finalNumber)
    lags.push(number - finalNumber)
  })
  return { lags, isMonotonic: () => finals.every((final, index) => final >= (finals[index - 1] ?? 0)) }
}

async function hashAt({ chain }: GethNode, number: number): Promise<string> {
  const params = [`0x${number.toString(16)}`, false]
  const block = await chain.request({ method: 'eth_getBlockByNumber', params })
  return (block as { hash: string } | null)?.hash ?? `no block ${number}`
}
