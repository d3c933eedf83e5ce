import type { Address } from '@hygeia/protocol/ids'
import type { z } from 'zod'
import type { Motion, Proposal } from '../../ops/proposal.ts'
import type {
  certificatesShape,
  devicesShape,
  ingestShape,
  ipfsShape,
  logShape,
  physiciansShape,
  proxiesShape,
  validatorShape,
} from './shapes.ts'

/** How the hospital is, for those who run it: nothing in it says anything of a patient. */
export interface OperationsPort {
  validator(): Promise<z.infer<typeof validatorShape>>
  ipfs(): Promise<z.infer<typeof ipfsShape>>
  ingest(): Promise<z.infer<typeof ingestShape>>
  /** @param after - `next` of the page before */
  devices(after: string | undefined, limit: number): Promise<z.infer<typeof devicesShape>>
  proxies(): Promise<z.infer<typeof proxiesShape>>
  certificates(): Promise<z.infer<typeof certificatesShape>>
  physicians(): Promise<z.infer<typeof physiciansShape>>
  /** @param before - `next` of the page before */
  log(before: number | undefined, limit: number): Promise<z.infer<typeof logShape>>
}

export interface ProposalPort {
  all(): readonly Proposal[]
  propose(proposer: Address, motion: Motion, reason: string): Promise<Proposal>
  approve(id: string, approver: Address): Promise<Proposal>
  reject(id: string, by: Address): Promise<Proposal>
}

export interface StaffPort {
  roleOf(account: Address): Promise<'viewer' | 'operator' | undefined>
}

export interface OperationsLogPort {
  append(act: {
    readonly by: string
    readonly act: string
    readonly about: string
    readonly subject: string
  }): Promise<void>
}
