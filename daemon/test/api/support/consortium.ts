import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { abi } from '@hygeia/contracts/directory'
import type { Hex } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'
import { initHospital } from '../../../src/init/init.ts'
import { addressesOf, readKeys } from '../../../src/init/keys.ts'
import { type Hospital, startHospital } from './hospital.ts'

const directory = new Interface(abi)
const FUNDS = `0x${(10n ** 27n).toString(16)}`

/** Hospitals with keys, grants, proxies, logs and doors of their own, on the chain of the first. */
export async function startConsortium(count: number): Promise<readonly [Hospital, ...Hospital[]]> {
  const [first = '', ...further] = await Promise.all(
    Array.from({ length: count }, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'hygeia-consortium-'))
      const hosts = ['localhost', '127.0.0.1']
      await initHospital({ dir, hosts, periodSec: 1, gasLimit: 4_700_000, epoch: 30_000 })
      return dir
    }),
  )
  await fund(first, further)
  const founder = await startHospital({ dir: first })
  const hospitals: [Hospital, ...Hospital[]] = [founder]
  for (const dir of further) {
    const joining = await startHospital({ dir, founder })
    await admit(hospitals, joining)
    hospitals.push(joining)
  }
  return hospitals
}

/** Whoever joins later needs coins from the beginning: nobody here sends any. */
async function fund(first: string, further: readonly string[]): Promise<void> {
  const path = join(first, 'keys', 'genesis.json')
  const genesis = JSON.parse(await readFile(path, 'utf8'))
  for (const dir of further) {
    const { operator, anchor, relay } = addressesOf(await readKeys(join(dir, 'keys')))
    for (const account of [operator, anchor, relay]) genesis.alloc[account] = { balance: FUNDS }
  }
  await writeFile(path, JSON.stringify(genesis))
}

async function admit(members: readonly Hospital[], { hospital }: Hospital): Promise<void> {
  const data = directory.encodeFunctionData('admitHospital', [hospital]) as Hex
  for (const { operator, contracts } of members.slice(0, Math.floor(members.length / 2) + 1)) {
    await operator.send({ to: contracts.directory, data, gasLimit: 600_000 })
  }
}
