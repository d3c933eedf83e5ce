import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { abi } from '@hygeia/contracts/directory'
import type { Address } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import type { Head, RpcRequest } from '../../../src/chain/engine.ts'
import { DirectoryView } from '../../../src/directory/view.ts'
import { seeded, seededSigner } from '../../corpus/world.ts'

const contract = new Interface(abi)
const directory = seededSigner('directory').address
const [patient, physician, device, other] = ['patient', 'physician', 'device', 'other'].map(
  (name) => seededSigner(name).address,
)
if (patient === undefined || physician === undefined || device === undefined || other === undefined) {
  throw new Error('four accounts')
}
const keyDigest = `0x${seeded('key', 32).toString('hex')}`

/** The logs of a Directory and nothing else of a chain. */
class Logs {
  readonly #logs: { number: number; topics: string[]; data: string }[] = []
  readonly #listeners = new Set<() => void>()
  asked = 0
  isAway = false
  head = { number: 0, finalNumber: 0 } as Head

  /** A block with these events; final at once unless told. */
  seal(events: readonly (readonly [string, ...unknown[]])[] = [], isFinal = true): void {
    const number = this.head.number + 1
    for (const [name, ...values] of events) {
      const { topics, data } = contract.encodeEventLog(name, values)
      this.#logs.push({ number, topics: topics.map(String), data })
    }
    this.head = { ...this.head, number, finalNumber: isFinal ? number : this.head.finalNumber }
    for (const listener of this.#listeners) listener()
  }

  onHead(listener: (head: Head) => void): () => void {
    const tell = () => listener(this.head)
    this.#listeners.add(tell)
    return () => this.#listeners.delete(tell)
  }

  readonly #turns = new Set<(turn: { from: number; isPastFinality: boolean }) => void>()

  onReorganised(listener: (turn: { from: number; isPastFinality: boolean }) => void): () => void {
    this.#turns.add(listener)
    return () => this.#turns.delete(listener)
  }

  /** Another branch takes over after block `number`, without a block of its own yet. */
  turn(number: number): void {
    this.#logs.splice(0, Infinity, ...this.#logs.filter((log) => log.number <= number))
    this.head = { ...this.head, number, finalNumber: number }
    for (const listener of this.#turns) listener({ from: number + 1, isPastFinality: true })
  }

  async request({ params }: RpcRequest): Promise<unknown> {
    this.asked++
    if (this.isAway) throw new Error('away')
    const [{ fromBlock, toBlock, address }] = params as [
      { fromBlock: string; toBlock: string; address: Address },
    ]
    if (address !== directory) throw new Error('another contract')
    return this.#logs.filter(({ number }) => number >= Number(fromBlock) && number <= Number(toBlock))
  }
}

async function viewOf(t: Test, engine: Logs, path: string): Promise<DirectoryView> {
  const log = pino({ level: 'silent' })
  const view = new DirectoryView(
    { path, directory, reserveBytes: 0 },
    { engine, log, metrics: new Registry() },
  )
  await view.start()
  t.teardown(() => view.stop())
  return view
}

async function scratch(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-directory-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return join(dir, 'view')
}

t.test('knows patients, physicians and devices from their events', async (t) => {
  const chain = new Logs()
  const view = await viewOf(t, chain, await scratch(t))
  t.equal(view.patient(patient), undefined)
  chain.seal([
    ['PatientRegistered', patient],
    ['PhysicianRegistered', physician, keyDigest],
    ['DeviceBound', device, patient],
  ])
  await view.refresh()
  t.same(view.patient(patient), { status: 'registered' })
  t.same(view.physician(physician), { status: 'registered', keyDigest })
  t.same(view.device(device), { status: 'bound', patient })
  t.same(view.devicesOf(patient), [device])
  t.same(view.devicesOf(other), [])
  chain.seal([
    ['PhysicianAdmitted', physician],
    ['DeviceBound', other, patient],
    ['DeviceSuspended', device, patient, '0x00000000000000aa', 9n],
    ['HospitalSuspended', other],
  ])
  await view.refresh()
  t.same(view.physician(physician), { status: 'active', keyDigest })
  t.same(view.device(device), {
    status: 'suspended',
    patient,
    incarnation: '0x00000000000000aa',
    lastSequence: 9,
  })
  t.same([...view.devicesOf(patient)].sort(), [device, other].sort())
  chain.seal([['PhysicianSuspended', physician]])
  chain.seal([['DeviceSuspended', other, patient, '0x00000000000000aa', 2n ** 64n - 1n]])
  await view.refresh()
  t.match(view.physician(physician), { status: 'suspended' })
  t.match(view.device(other), { lastSequence: Number.MAX_SAFE_INTEGER })
  chain.seal([['PhysicianReinstated', physician]])
  await view.refresh()
  t.match(view.physician(physician), { status: 'active' })
})

t.test('follows heads by itself, and tells what changed', async (t) => {
  const chain = new Logs()
  const view = await viewOf(t, chain, await scratch(t))
  const told = new Promise((resolve) => view.onChange(resolve))
  chain.seal([['DeviceBound', device, patient]])
  t.same(await told, [{ kind: 'device', address: device, entry: { status: 'bound', patient } }])
  t.equal(view.through, 1)
})

t.test('what another branch says in the place of blocks that were read is read too', async (t) => {
  const chain = new Logs()
  const view = await viewOf(t, chain, await scratch(t))
  chain.seal([['PatientRegistered', patient]])
  chain.seal()
  chain.seal()
  await view.refresh()
  t.equal(view.through, 3)
  chain.turn(1)
  chain.seal([['DeviceBound', device, patient]])
  await view.refresh()
  t.match(view.device(device), { status: 'bound' })
  t.equal(view.through, 2)
})

t.test('what is not final does not count yet', async (t) => {
  const chain = new Logs()
  const view = await viewOf(t, chain, await scratch(t))
  chain.seal([['DeviceBound', device, patient]], false)
  await view.refresh()
  t.equal(view.device(device), undefined)
  chain.seal()
  await view.refresh()
  t.match(view.device(device), { status: 'bound' })
})

t.test('goes on where it was after a restart, and asks nothing when there is nothing new', async (t) => {
  const chain = new Logs()
  const path = await scratch(t)
  const first = new DirectoryView(
    { path, directory, reserveBytes: 0 },
    { engine: chain, log: pino({ level: 'silent' }), metrics: new Registry() },
  )
  await first.start()
  chain.seal([['PatientRegistered', patient]])
  chain.seal([['DeviceBound', device, patient]])
  chain.seal([['PhysicianRegistered', physician, keyDigest]])
  await first.refresh()
  await first.stop()
  const asked = chain.asked
  const view = await viewOf(t, chain, path)
  t.equal(chain.asked, asked, 'it knows without the chain')
  t.same(view.device(device), { status: 'bound', patient })
  t.same(view.physician(physician), { status: 'registered', keyDigest })
  t.same(view.patient(patient), { status: 'registered' })
  t.same(view.devicesOf(patient), [device])
  await view.refresh()
  t.equal(chain.asked, asked)
})

t.test('says when the chain cannot be asked', async (t) => {
  const chain = new Logs()
  const view = await viewOf(t, chain, await scratch(t))
  chain.isAway = true
  chain.seal([['DeviceBound', device, patient]])
  await t.rejects(view.refresh(), 'away')
  chain.isAway = false
  await view.refresh()
  t.match(view.device(device), { status: 'bound' })
})
