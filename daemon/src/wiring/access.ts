import { join } from 'node:path'
import { Audit } from '../audit/audit.ts'
import { firstIndexOf, readRestored } from '../backup/restored.ts'
import { Addresses } from '../directory/addresses.ts'
import type { DirectoryView } from '../directory/view.ts'
import { Emergencies } from '../emergency/emergencies.ts'
import { Erasures } from '../erasure/erasures.ts'
import { Grants } from '../grants/grants.ts'
import { OnChain } from '../grants/on-chain.ts'
import { PhysicianKeys } from '../grants/physician-keys.ts'
import { Mailboxes } from '../pairing/mailboxes.ts'
import { ReencryptPool } from '../reencrypt/pool.ts'
import { Reencryptor } from '../reencrypt/reencryptor.ts'
import { Relay, type RelayAccount } from '../relay/relay.ts'
import { Votes } from '../relay/votes.ts'
import { Sessions } from '../session/sessions.ts'
import type { Staff } from '../staff/staff.ts'
import type { ChainParts } from './chain.ts'
import type { ReplicationParts } from './consortium.ts'
import { type Context, RESERVE_BYTES } from './context.ts'
import type { IngestParts } from './ingest.ts'

export interface AccessParts {
  readonly audit: Audit
  readonly grants: Grants
  readonly reencryptor: Reencryptor
  readonly relay: Relay
  readonly votes: Votes
  readonly sessions: Sessions
  readonly mailboxes: Mailboxes
  readonly physicianKeys: PhysicianKeys
  readonly emergencies: Emergencies
  readonly addresses: Addresses
  readonly erasures: Erasures
}

/** Everything between a patient's permission and a physician's cfrags. */
export async function startAccess(
  context: Context,
  chain: ChainParts,
  ingest: IngestParts,
  { erasing: replicas }: Pick<ReplicationParts, 'erasing'>,
  domains: () => readonly string[],
  staff: Staff,
): Promise<AccessParts> {
  const { config, keys, stack, clock, recover, metrics, log } = context
  const { engine, realm, contracts } = chain
  const { directory, labelKeys, store, anchorer } = ingest
  const hospital = keys.accounts.operator.signer.address
  const at = (name: string) => join(config.dataDir, name)
  const part = (name: string) => log.child({ part: name })
  const reserveBytes = RESERVE_BYTES

  const onChain = new OnChain({ directory: contracts.directory }, { chain: engine })
  const pool = await stack.add(
    new ReencryptPool({ workers: config.reencrypt.workers }, { log: part('reencrypt'), metrics }),
  )
  const audit = new Audit(
    {
      dir: at('audit'),
      hospital,
      realm,
      reserveBytes,
      firstIndex: firstIndexOf(await readRestored(config.dataDir)),
    },
    { signer: keys.accounts.receipt.signer, anchorer, clock, log: part('audit'), metrics },
  )
  await audit.open()
  await stack.add(audit)
  const relay = new Relay(
    { realm, consent: () => contracts.consent, perSigner: config.relayPerSigner },
    { chain: engine, account: seenBy(directory, chain.relay), recover, clock, log: part('relay'), metrics },
  )
  const votes = new Votes({ directory: contracts.directory }, { chain: engine, operator: chain.operator })
  const grants = new Grants(
    { realm, hospital, proxyKey: keys.proxyKey, dir: at('grants'), kfragsDir: at('kfrags'), reserveBytes },
    {
      chain: engine,
      onChain,
      relay,
      audit,
      proxySecret: keys.proxySecret,
      recover,
      physicians: onChain,
      devices: directory,
      labelKeys,
      verifier: pool,
      forget: (grant) => pool.forget(grant),
      storageKey: keys.storageKey,
      log: part('grants'),
      metrics,
    },
  )
  await grants.open()
  await stack.add(grants)
  const reencryptor = await stack.add(
    new Reencryptor(
      { dir: at('request-nonces'), hospital, realm, periodSec: engine.info.periodSec, reserveBytes },
      {
        chain: engine,
        permissions: onChain,
        grants,
        batches: store.reader,
        devices: directory,
        audit,
        pool,
        recover,
        clock,
        log: part('reencrypt'),
        metrics,
      },
    ),
  )
  const physicianKeys = await stack.add(
    new PhysicianKeys(
      { dir: at('physician-keys'), reserveBytes },
      { realm, recover, physicians: onChain, log: part('physician-keys') },
    ),
  )
  const sessions = new Sessions(
    { domains, chainId: realm.chainId },
    { accounts: onChain, staff, recover, clock, metrics },
  )
  const emergencies = new Emergencies(
    { realm, hospital, witness: config.emergency.witness },
    { grants, onChain, audit, relay, signer: keys.accounts.receipt.signer, recover, clock, metrics },
  )
  const erasures = new Erasures(
    { realm, hospital },
    { store, ipfs: ingest.ipfs, replicas, devices: directory, grants, audit, recover, clock, metrics },
  )
  const addresses = new Addresses(
    { path: at('hospitals.json'), realm, hospital },
    {
      signer: keys.accounts.receipt.signer,
      recover,
      receiptKeyOf: (operator) => onChain.receiptKeyOf(operator),
      clock,
    },
  )
  await addresses.open()
  const mailboxes = new Mailboxes({ realm }, { recover, clock, metrics })
  return {
    audit,
    grants,
    reencryptor,
    relay,
    votes,
    sessions,
    mailboxes,
    physicianKeys,
    emergencies,
    addresses,
    erasures,
  }
}

/** The relay's account; whoever asks again right after an answer is known by then to every other part. */
function seenBy(directory: DirectoryView, account: RelayAccount): RelayAccount {
  return {
    get address() {
      return account.address
    },
    async send(call) {
      const mined = await account.send(call)
      // It is on the chain whether the view can be read now or only later.
      await directory.refresh().catch(() => {})
      return mined
    },
  }
}
