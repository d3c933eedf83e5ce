import { join } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import { createLog } from '@hygeia/runtime/log'
import t from 'tap'
import { carryOutWith } from '../../../src/ops/carry-out.ts'
import type { Act } from '../../../src/ops/log.ts'
import type { Motion, Proposal } from '../../../src/ops/proposal.ts'
import { Proposals } from '../../../src/ops/proposals.ts'
import { HandClock } from '../support/hand-clock.ts'
import { scratch } from '../support/scratch.ts'

const account = (digit: string) => `0x${digit.repeat(40)}` as Address
const [ANN, BEN] = [account('a'), account('b')]
const motion: Motion = { act: 'admit-physician', subject: account('1') }

interface Given {
  readonly path: string
  readonly clock?: HandClock
  readonly carryOut?: (motion: Motion) => Promise<Proposal['outcome']>
  readonly record?: (act: Act) => Promise<void>
}

async function opened({ path, clock = new HandClock(), carryOut, record }: Given) {
  const deps = {
    carryOut: carryOut ?? (async () => undefined),
    record: record ?? (async () => {}),
    clock,
    log: createLog('test', 'silent'),
  }
  const proposals = new Proposals({ path }, deps)
  await proposals.open()
  return proposals
}

t.test('a proposal waits for a day', async (t) => {
  const clock = new HandClock()
  const proposals = await opened({ path: join(await scratch(t), 'proposals.json'), clock })
  const { id } = await proposals.propose(ANN, motion, 'starts on Monday')
  clock.forward(86_399_999)
  t.equal(proposals.all()[0]?.state, 'open')
  clock.forward(1)
  t.equal(proposals.all()[0]?.state, 'expired')
  await t.rejects(proposals.approve(id, BEN), { code: 'PROPOSAL_CLOSED', detail: { state: 'expired' } })
  await t.resolves(proposals.propose(ANN, motion, ''), 'and can be made again')
})

t.test('it is there after a restart; what was being done then is not done again', async (t) => {
  const path = join(await scratch(t), 'proposals.json')
  const never = new Promise<undefined>(() => {})
  let begun = () => {}
  const beginning = new Promise<void>((resolve) => {
    begun = resolve
  })
  const killed = await opened({
    path,
    carryOut: () => {
      begun()
      return never
    },
  })
  const other: Motion = { act: 'suspend-physician', subject: account('2') }
  const waiting = await killed.propose(ANN, other, 'waits')
  const { id } = await killed.propose(ANN, motion, '')
  void killed.approve(id, BEN)
  await beginning
  let count = 0
  const after = await opened({
    path,
    carryOut: async () => {
      count++
      return undefined
    },
  })
  t.match(after.all(), [
    { id, state: 'interrupted', decided: { by: BEN } },
    { id: waiting.id, state: 'open', reason: 'waits' },
  ])
  await t.rejects(after.approve(id, BEN), { code: 'PROPOSAL_CLOSED' })
  t.equal(count, 0)
  t.match(await after.approve(waiting.id, BEN), { state: 'carried-out' })
})

t.test('nothing is done that is not in the log first', async (t) => {
  const path = join(await scratch(t), 'proposals.json')
  let isFull = false
  let count = 0
  const proposals = await opened({
    path,
    carryOut: async () => {
      count++
      return undefined
    },
    record: async () => {
      if (isFull) throw new Error('disk full')
    },
  })
  const { id } = await proposals.propose(ANN, motion, '')
  isFull = true
  await t.rejects(proposals.approve(id, BEN), { message: 'disk full' })
  t.equal(count, 0)
  t.equal(proposals.all()[0]?.state, 'open')
  await t.rejects(proposals.propose(ANN, { ...motion, subject: account('3') }, ''))
  t.equal(proposals.all().length, 1)
})

t.test('only so many wait, and only so many are remembered', async (t) => {
  const path = join(await scratch(t), 'proposals.json')
  const proposals = await opened({ path })
  const nth = (index: number): Motion => ({
    act: 'admit-physician',
    subject: `0x${index.toString(16).padStart(40, '0')}` as Address,
  })
  for (let index = 0; index < 64; index++) await proposals.propose(ANN, nth(index), '')
  await t.rejects(proposals.propose(ANN, nth(64), ''), { code: 'PROPOSAL_LIMIT' })
  for (let round = 0; round < 4; round++) {
    for (const { id, state } of proposals.all()) if (state === 'open') await proposals.reject(id, BEN)
    for (let index = 0; index < 64; index++) await proposals.propose(ANN, nth(index), '')
  }
  t.equal(proposals.all().length, 256)
  t.equal((await opened({ path })).all().length, 256)
})

t.test('each act is the vote that it says', async (t) => {
  const cast: string[] = []
  const voted = { votes: 1, majority: 2, isCarried: false, transaction: account('0') as never }
  const say = (name: string) => async (subject: Address | { readonly operator: Address }) => {
    cast.push(`${name} ${typeof subject === 'string' ? subject.slice(0, 4) : subject.operator.slice(0, 4)}`)
    return voted as never
  }
  const carryOut = carryOutWith({
    votes: { admit: say('admit'), suspend: say('suspend') },
    governance: { admit: say('admit hospital'), suspend: say('suspend hospital') },
    validators: {
      propose: async (subject, admit) => void cast.push(`validator ${admit} ${subject.slice(0, 4)}`),
      discard: async (subject) => void cast.push(`discard ${subject.slice(0, 4)}`),
    },
  })
  const acts = [
    ...(['admit-physician', 'suspend-physician', 'suspend-hospital'] as const),
    ...(['admit-validator', 'remove-validator', 'discard-validator-vote'] as const),
  ]
  for (const act of acts) await carryOut({ act, subject: ANN })
  t.same(cast, [
    'admit 0xaa',
    'suspend 0xaa',
    'suspend hospital 0xaa',
    'validator true 0xaa',
    'validator false 0xaa',
    'discard 0xaa',
  ])
})
