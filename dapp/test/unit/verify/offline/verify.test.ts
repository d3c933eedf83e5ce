import { fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { decodeOfflineProof, encodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import type { ProvenRecord } from '@hygeia/protocol/offline-proof/offline-proof'
import { type AnchorStatement, signAnchor } from '@hygeia/protocol/receipt/receipt'
import type { Signer } from '@hygeia/protocol/signature'
import { SUSPEND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { accountOf } from '../../../../../protocol/test/support/sealed-chain.ts'
import type { AuditLine } from '../../../../src/hospital/answers.ts'
import { prove } from '../../../../src/prove/prove.ts'
import { provable } from '../../../../src/prove/records.ts'
import { verifyOffline } from '../../../../src/verify/offline/verify.ts'
import { auditRecord } from '../../../../src/verify/record.ts'
import { SealedWorld, SIGNERS } from '../../../support/sealed-world.ts'
import {
  altered,
  batches,
  bytes,
  chain,
  faults,
  namesOf,
  nodesWith,
  ours,
  P,
  pins,
  proof,
  proveOn,
  realm,
  recordOf,
  resigned,
  runsOf,
  sealed,
  theirs,
} from './support/proof.ts'

t.test('a stored batch is proven to anyone, without a node', async (t) => {
  const [ofChain, ofBatch] = await verifyOffline(bytes, pins)
  t.equal(ofChain?.outcome, 'proven')
  t.equal(ofBatch?.outcome, 'proven')
  t.same(await faults({}), [])
  const claims = [ofChain, ofBatch].flatMap((verdict) => verdict?.checks.map(({ claim }) => claim))
  t.same(claims, [
    'the chain is the one that you trust',
    'its headers follow from the genesis, each sealed by a signer of its time',
    `block ${proof.block} is final`,
    'the signers are those that you trust',
    'the directory is Hygeia’s',
    'the anchor is Hygeia’s',
    'the directory names this anchor',
    'the receipt is for these bytes',
    'the device signed them',
    'the batch is under the anchored root',
    'a hospital of the consortium signed it',
    'the chain holds the root',
    'the device is bound to a patient',
    'the block is on the chain',
  ])
  t.ok(ofChain?.limits.some((limit) => /second history/.test(limit)))
  t.ok(ofBatch?.limits.some((limit) => /was not opened/.test(limit)))
})

t.test('several batches, and a receipt without its batch, are proven by one file', async (t) => {
  const { receipt } = recordOf(1)
  const both = await verifyOffline(
    await proveOn(chain, [recordOf(0), { kind: 'batch', receipt, block: undefined }]),
    pins,
  )
  t.same(
    both.map(({ outcome }) => outcome),
    ['proven', 'proven', 'proven'],
  )
  t.ok(both[2]?.limits.some((limit) => /not in the file/.test(limit)))
})

t.test('nobody is asked while it is verified', async (t) => {
  const { fetch } = globalThis
  t.teardown(() => {
    globalThis.fetch = fetch
  })
  globalThis.fetch = () => Promise.reject(new Error('asked'))
  t.same(await faults({}), [])
  await t.rejects(proveOn(chain, [recordOf(0)]), 'which making one cannot do')
})

t.test('a file is not taken at its own word', async (t) => {
  t.same(namesOf(await verifyOffline(bytes, undefined)), ['NOTHING_PINNED', 'CHAIN_NOT_PROVEN'])
  t.ok(
    (await verifyOffline(bytes, undefined)).every(({ outcome }) => outcome === 'open'),
    'nothing is proven then',
  )
  const genesis = `0x${'22'.repeat(32)}` as Hex32
  t.same(await faults({}, { ...pins, genesis }), ['ANOTHER_CHAIN', 'WRONG_GENESIS'])
  t.same(await faults({}, { ...pins, chainId: 1 }), ['ANOTHER_CHAIN'])
  t.same(await faults({}, { ...pins, directory: ours.operator }), ['ANOTHER_CHAIN'])
  const strangers = ['X', 'Y', P].map(accountOf)
  t.same(await faults({}, { ...pins, signers: strangers }), ['PINNED_SIGNERS_MISSING'])
  t.same(namesOf(await verifyOffline(bytes.subarray(0, -1), pins)), ['MALFORMED'])
})

t.test('a header that was altered is refused', async (t) => {
  const [run = []] = proof.runs
  const target = run[proof.block] ?? new Uint8Array(0)
  for (const place of [10, 100, 200, target.length - 80, target.length - 20]) {
    const runs = [run.with(proof.block, target.with(place, Number(target[place]) ^ 1))]
    const [name] = await faults({ runs })
    t.match(name, /^(SEALER_NOT_A_SIGNER|HEADER_NOT_NEXT|MALFORMED)$/, `byte ${place}`)
  }
  t.same(await faults({ runs: [run.toSpliced(2, 1)] }), ['HEADER_NOT_NEXT'], 'one left out')
})

t.test('headers that an attacker sealed are refused', async (t) => {
  const before = proof.block - 1
  const by = SIGNERS[proof.block % 3] ?? ''
  const stateRoot = `0x${'11'.repeat(32)}` as Hex32
  const stranger = sealed.chain(before, { by: 'X', stateRoot }, { by: 'Y' }, { by: 'Z' })
  t.same(await faults({ runs: runsOf(stranger) }), ['SEALER_NOT_A_SIGNER'], 'not in the set')
  const alone = sealed.chain(before, { by, stateRoot })
  t.same(await faults({ runs: runsOf(alone) }), ['NOT_FINAL'], 'one signer of three')
  const again = sealed.chain(before, { by, stateRoot }, { by })
  t.same(await faults({ runs: runsOf(again) }), ['SEALED_TOO_SOON'], 'twice the same')
  const voted = sealed.chain(before, { by, on: 'X', isIn: true, stateRoot }, { by: 'X' })
  t.same(await faults({ runs: runsOf(voted) }), ['SEALER_NOT_A_SIGNER'], 'voted in by one')
  const listed = sealed.chain(before, { by, list: [by, 'X', 'Y'], stateRoot }, { by: 'X' }, { by: 'Y' })
  t.same(await faults({ runs: runsOf(listed) }), ['CHECKPOINT_MISPLACED'], 'listed by one')
  const claimed = { runs: [listed.rlp(0, 0), listed.rlp(proof.block)], epoch: proof.block }
  t.same(await faults(claimed), ['HANDOVER_NOT_SEALED'], 'with an epoch of the attacker’s own')
})

t.test('too few signers after it are told', async (t) => {
  const [run = []] = proof.runs
  t.same(await faults({ runs: [run.slice(0, proof.block + 1)] }), ['NOT_FINAL'])
  t.same(await faults({ runs: [run.slice(0, proof.block)] }), ['BLOCK_MISSING'])
})

t.test('a state of another block is told', async (t) => {
  t.same((await faults({ block: proof.block - 1 }))[0], 'PROOF_MISSING')
})

t.test('what the nodes do not show is not proven', async (t) => {
  const other = decodeOfflineProof(await proveOn(chain, [recordOf(1)]))
  t.same(await faults({ ...other, records: proof.records }), ['PROOF_MISSING'], 'a proof of another slot')
  for (const node of proof.nodes) {
    const names = await faults({ nodes: proof.nodes.filter((held) => held !== node) })
    t.ok(names.includes('PROOF_MISSING'), 'each node is needed')
    const bent = proof.nodes
      .map((held) => (held === node ? held.with(-1, Number(held.at(-1)) ^ 1) : held))
      .sort(Buffer.compare)
    t.ok((await faults({ nodes: bent })).includes('PROOF_MISSING'), 'and as it is')
  }
})

t.test('contracts that are not Hygeia’s are told', async (t) => {
  const code = proof.anchorCode.with(20, 0xfe)
  t.same(await faults({ anchorCode: code }), ['ANOTHER_CODE'])
  t.same(await faults({ directoryCode: proof.anchorCode }), ['ANOTHER_CODE'])
  const { directory } = realm
  const swapped = { anchor: directory, anchorCode: proof.directoryCode }
  t.same((await faults(swapped)).slice(0, 2), ['ANOTHER_CONTRACT', 'ANOTHER_ANCHOR'])
})

t.test('receipts and batches that are not what they are given for are told', async (t) => {
  const other = recordOf(1)
  const [record] = batches
  const { receipt } = record ?? other
  t.same(
    await faults({ records: [{ kind: 'batch', receipt, block: other.block }] }),
    ['ANOTHER_BATCH'],
    'batch swapped',
  )
  t.same(await faults({ records: altered({ leaf: other.receipt.leaf }) }), [
    'ANOTHER_BATCH',
    'NOT_UNDER_ROOT',
  ])
  t.same(await faults({ records: altered({ proof: receipt.proof.slice(1) }) }), ['NOT_UNDER_ROOT'])
  const elsewhere = `0x${'11'.repeat(32)}` as Hex32
  t.same(
    await faults({ records: resigned({ manifest: elsewhere }) }),
    ['ANCHORED_OTHERWISE'],
    'another manifest',
  )
  t.same(await faults({ records: resigned({ count: 4 }) }), ['ANCHORED_OTHERWISE'], 'another count')
  t.same(await faults({ records: resigned({ blockNumber: 1 }) }), ['ANCHORED_OTHERWISE', 'ANOTHER_BLOCK'])
  t.same(await faults({ records: resigned({ blockHash: elsewhere }) }), ['ANOTHER_BLOCK'], 'another block')
  const nodes = await nodesWith((_directory, anchor) => anchor.of('batches', elsewhere, sealed.hospital))
  const another = await faults({ nodes, records: resigned({ root: elsewhere }) })
  t.same(another, ['NOT_UNDER_ROOT', 'ROOT_NOT_ANCHORED'], 'another root')
})

t.test('a receipt of another hospital is told', async (t) => {
  const [record] = batches
  const nodes = await nodesWith(async (directory, anchor) => {
    if (record !== undefined) await anchor.of('batches', record.receipt.anchor.root, theirs.operator)
    await directory.hospital(theirs.operator)
    await directory.hospitalOf(theirs.receipt.address)
    await directory.hospitalOf(sealed.device.signer.address)
  })
  const signed = (signer: Signer, facts = {}) => faults({ nodes, records: resigned(facts, signer) })
  t.same(await signed(theirs.receipt), ['NOT_A_HOSPITAL'], 'signed by another for this one')
  t.same(await signed(theirs.receipt, { hospital: theirs.operator }), ['ROOT_NOT_ANCHORED'], 'or for itself')
  t.same(await signed(sealed.device.signer), ['NOT_A_HOSPITAL'], 'signed by nobody’s key')
})

t.test('each hospital’s receipt is held to its own record of a root', async (t) => {
  const manifest = `0x${'33'.repeat(32)}` as Hex32
  const twice = await SealedWorld.start({
    hospitals: 2,
    after: async ({ consortium: there }, receipts) => {
      const [, other] = there.hospitals
      for (const { anchor } of receipts) {
        if (other !== undefined) await there.anchorRoot(other, 0, fromHex(anchor.root), 7, fromHex(manifest))
      }
    },
  })
  t.teardown(() => twice.stop())
  const { realm: there, hospitals } = twice.world.consortium
  const [, other] = hospitals
  if (other === undefined) throw new Error('no second hospital')
  const chain = twice.chain(twice.lastState + 3)
  const { receipt, block } = twice.batch(chain)
  const blockNumber = twice.lastState
  const blockHash = chain.at(blockNumber).header.hash
  const own = { hospital: other.operator, count: 7, manifest, blockNumber, blockHash }
  const outcomeOf = async (facts: Partial<AnchorStatement>) => {
    const anchor = signAnchor(there, { ...receipt.anchor, ...own, ...facts }, other.receipt)
    const records = [{ kind: 'batch' as const, receipt: { ...receipt, anchor }, block }]
    return await prove(twice.node(chain), { realm: there, records, epoch: twice.epoch }).then(
      async (made) => (await verifyOffline(made, there)).map(({ outcome }) => outcome),
      (fault: Error) => fault.message,
    )
  }
  t.same(await outcomeOf({}), ['proven', 'proven'], 'the second to anchor it')
  const first = { count: receipt.anchor.count, manifest: receipt.anchor.manifest }
  t.match(await outcomeOf(first), /the chain says otherwise/, 'what the first recorded is not its own')
  const made = await prove(twice.node(chain), {
    realm: there,
    records: [twice.batch(chain)],
    epoch: twice.epoch,
  })
  t.same(
    namesOf(await verifyOffline(made, { ...there })),
    [],
    'nor does the second take anything from the first',
  )
})

t.test('of a suspended device only what it sealed before is proven', async (t) => {
  const suspended = await SealedWorld.start({
    before: async ({ world, patient, device }) => {
      const message = {
        device: device.signer.address,
        patient: patient.identity.signer.address,
        incarnation: device.incarnation,
        lastSequence: 2,
        nonce: 77n,
        deadline: Math.ceil(Date.now() / 1_000) + 3_600,
      }
      const digest = digestOf(world.consortium.realm, SUSPEND_DEVICE, message)
      const signature = toHex(patient.identity.signer.sign(digest))
      await world.consortium.relay(world.hospital.keys, { kind: 'suspend-device', message, signature })
    },
  })
  t.teardown(() => suspended.stop())
  const { realm: there } = suspended.world.consortium
  const chain = suspended.chain(suspended.lastState + 3)
  const { anchor } = suspended.receipt(chain)
  for (const { receipt, block } of suspended.world.hospital.shelf.kept.values()) {
    if (receipt === undefined) continue
    const records = [{ kind: 'batch' as const, receipt: { ...receipt, anchor }, block }]
    const making = prove(suspended.node(chain), { realm: there, records, epoch: suspended.epoch })
    const { sequence } = receipt.leaf
    if (sequence > 2) await t.rejects(making, { code: 'NOT_PROVEN', message: /suspended after sequence 2/ })
    else t.same(namesOf(await verifyOffline(await making, there)), [], `sequence ${sequence}`)
  }
})

t.test('who asked for data is proven like the data', async (t) => {
  const lines: AuditLine[] = []
  const audited = await SealedWorld.start({
    before: async ({ world, patient, device }) => {
      const physician = await world.physician()
      world.hold(device, (world.now - HOUR_MS) as UnixMs, 2)
      await world.open(physician, await world.grant(patient, physician))
      const [pending] = (await patient.account.audit()).entries
      if (pending !== undefined)
        t.throws(() => provable(auditRecord(world.consortium.realm, pending)), { code: 'NOT_ANCHORED' })
      await world.hospital.proxy.anchorAudit()
      lines.push(...(await patient.account.audit()).entries)
    },
  })
  t.teardown(() => audited.stop())
  const { realm: there } = audited.world.consortium
  const chain = audited.chain(audited.lastState + 3)
  const entries = lines.map((line) => provable(auditRecord(there, line)))
  const { epoch } = audited
  const made = await prove(audited.node(chain), {
    realm: there,
    records: [...entries, audited.batch(chain)],
    epoch,
  })
  const verdicts = await verifyOffline(made, there)
  t.same(namesOf(verdicts), [])
  t.match(verdicts[1]?.subject, /^audit entry 0 of 0x[0-9a-f]{40}: opened$/)
  t.ok(verdicts[1]?.limits.some((limit) => /log is complete/.test(limit)))

  const file = decodeOfflineProof(made)
  const [entry] = file.records
  if (entry?.kind !== 'audit') return t.fail('no entry')
  const faultsOf = async (record: ProvenRecord) =>
    namesOf(await verifyOffline(encodeOfflineProof({ ...file, records: [record] }), there))
  const another = { ...entry.entry, event: 'refused' as const }
  // The signature is then by a key that nobody has, of which the file shows nothing or that there is none.
  t.match(await faultsOf({ ...entry, entry: another }), [
    'NOT_UNDER_ROOT',
    /^(NOT_A_HOSPITAL|PROOF_MISSING)$/,
  ])
  t.same(await faultsOf({ ...entry, anchor: { ...entry.anchor, count: 99 } }), ['ANCHORED_OTHERWISE'])
  t.same(await faultsOf({ ...entry, anchor: { ...entry.anchor, proof: [new Uint8Array(32)] } }), [
    'NOT_UNDER_ROOT',
  ])
})
