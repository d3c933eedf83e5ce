import { randomInt } from 'node:crypto'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cliqueGenesis } from '@hygeia/contracts/genesis/clique'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { RuntimeError } from '@hygeia/runtime/errors'
import type { z } from 'zod'
import { DaemonConfig } from '../config/config.ts'
import { makeCertificates } from './certificates.ts'
import { addressesOf, type HospitalAddresses, makeKeys, readKeys } from './keys.ts'

export interface InitOptions {
  /** New folder for configuration, keys and data. */
  readonly dir: string
  /** Name or address that devices will use; more names for the certificate may follow. */
  readonly hosts: readonly string[]
  /** Seconds from block to block. */
  readonly periodSec: number
  readonly gasLimit: number
  /** Blocks between two lists of signers. */
  readonly epoch: number
  /** Parts of the configuration that differ from the defaults. */
  readonly overrides?: Partial<Omit<z.input<typeof DaemonConfig>, 'dataDir' | 'keysDir' | 'publicHost'>>
}

/** 10^9 coins: more than an account can spend in gas in a thousand years of full blocks. */
const FUNDS_WEI = 10n ** 27n

/**
 * Make a new hospital, and with it a new consortium of one: keys, certificates, genesis and configuration.
 *
 * @returns path of the configuration
 * @throws {RuntimeError} `FILE_INVALID` when the folder holds a hospital already: its keys are never written over
 */
export async function initHospital(
  options: InitOptions,
): Promise<{ configFile: string; hospital: HospitalAddresses }> {
  const { dir, hosts, periodSec, gasLimit, epoch, overrides } = options
  const configFile = join(dir, 'daemon.json')
  const keysDir = join(dir, 'keys')
  await mkdir(keysDir, { recursive: true, mode: 0o700 })
  if (await exists(configFile)) {
    throw new RuntimeError(
      `${dir} holds a hospital already: choose an empty folder, or run it with --config ${configFile}`,
      {
        code: 'FILE_INVALID',
        path: configFile,
        problems: ['exists'],
      },
    )
  }
  await makeKeys(keysDir)
  await makeCertificates(keysDir, hosts)
  const keys = await readKeys(keysDir)
  const hospital = addressesOf(keys)
  const genesis = cliqueGenesis({
    // Random for each consortium, within what every wallet takes.
    chainId: randomInt(2 ** 31, 2 ** 47),
    signers: [keys.accounts.validator.signer.address],
    periodSec,
    epoch,
    gasLimit,
    alloc: { [hospital.operator]: FUNDS_WEI, [hospital.anchor]: FUNDS_WEI, [hospital.relay]: FUNDS_WEI },
  })
  await writeAtomic(join(keysDir, 'genesis.json'), `${JSON.stringify(genesis, undefined, 2)}\n`, 0o644)
  const config = DaemonConfig.parse({
    ...overrides,
    dataDir: join(dir, 'data'),
    keysDir,
    publicHost: hosts[0],
  })
  // Last, so that a folder with a configuration is whole.
  await writeAtomic(configFile, `${JSON.stringify(config, undefined, 2)}\n`, 0o644)
  return { configFile, hospital }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
