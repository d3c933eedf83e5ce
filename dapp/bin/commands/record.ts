import { parseCid } from '@hygeia/protocol/sealed/cid'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Role } from '../../src/keys/keystore.ts'
import { batchRecord } from '../../src/verify/record.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'

/** Fetch a batch and its receipt, and write them as a record that anyone can verify. */
export async function exportRecord(
  session: CommandSession,
  role: Role,
  cid: string,
  output: string | undefined,
): Promise<void> {
  try {
    parseCid(cid)
  } catch {
    throw usage(`“${cid}” is no CID: bafy…`)
  }
  const identity = await session.identity(role)
  const { client, realm } = await session.hospital()
  const [receipt, [block]] = await Promise.all([
    client.receipt(cid),
    client.as(identity.signer, realm).blocks([cid]),
  ])
  if (receipt === undefined)
    throw usage('the hospital has no receipt for it yet: try again after the next block')
  const text = `${JSON.stringify(batchRecord(realm, receipt, block), undefined, 2)}\n`
  if (output === undefined) return session.terminal.write(text)
  await writeAtomic(output, text)
  session.terminal.result({ output, hasBlock: block !== undefined }, [
    block === undefined ? `${output}: the receipt alone, the hospital did not give the block` : output,
  ])
}
