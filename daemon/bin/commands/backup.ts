import { resolve } from 'node:path'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import type { Command } from 'commander'
import { BackupError } from '../../src/backup/errors.ts'
import { leftOutOf } from '../../src/backup/left-out.ts'
import { DaemonConfig } from '../../src/config/config.ts'
import { metSoFar } from '../../src/consortium/peers.ts'

const MIB = 1_048_576

export function addBackup(program: Command, defaultConfig: string): void {
  program
    .command('backup')
    .description('write everything but kfrags into one encrypted file, while the hospital runs or not')
    .requiredOption('--out <file>', 'new file')
    .option('--passphrase-file <file>', 'its first line locks the backup')
    .option('--recipient <key...>', 'public keys of age (age1…): only their holders can open it')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async ({ out, passphraseFile, recipient, config: file }) => {
      const config = await readConfig(resolve(file), DaemonConfig)
      const lock = await either(passphraseFile, recipient, async (recipients: readonly string[]) => ({
        recipients,
      }))
      const { makeBackup } = await import('../../src/backup/backup.ts')
      const { bytes } = await makeBackup({ config, out: resolve(out), lock, at: systemClock.now() })
      console.log(`${(bytes / MIB).toFixed(1)} MiB are in ${resolve(out)}`)
      const leftOut = leftOutOf(config, (await metSoFar(config.dataDir)).length)
      if (leftOut !== undefined) console.log(leftOut)
      console.log('Without what opens it, nobody can: keep that elsewhere, and try a restore now and then')
    })

  program
    .command('restore')
    .description('make a hospital from a backup, in a new folder')
    .requiredOption('--file <file>', 'what backup wrote')
    .requiredOption('--dir <folder>', 'new or empty folder')
    .option('--passphrase-file <file>', 'its first line locked the backup')
    .option('--identity-file <file>', 'secret key of age, as age-keygen writes it')
    .option('--chain <folder>', 'of a hospital that seals alone: the folder "chain" of its lost data')
    .option(
      '--chain-lost',
      'that folder is lost, too: so are blocks, and receipts that name them, since the backup',
    )
    .action(async ({ file, dir, passphraseFile, identityFile, chain, chainLost }) => {
      const { identitiesIn } = await import('../../src/backup/seal.ts')
      const unlock = await either(passphraseFile, identityFile, async (path: string) => ({
        identities: await identitiesIn(path),
      }))
      const { restoreBackup } = await import('../../src/backup/restore.ts')
      const { configFile, mark } = await restoreBackup({
        file: resolve(file),
        dir: resolve(dir),
        unlock,
        chain: chain !== undefined ? { survivedIn: resolve(chain) } : chainLost === true ? 'lost' : undefined,
        at: systemClock.now(),
      })
      console.log(`The hospital of ${new Date(mark.madeAt).toISOString()} is in ${resolve(dir)}`)
      console.log('Patients deal their grants anew: no backup holds kfrags')
      console.log(`\nNext: hygeia-daemon run --config ${configFile}, on one machine only`)
    })
}

/** Passphrase or key: one of them. */
async function either<Key, Made>(
  passphraseFile: string | undefined,
  key: Key | undefined,
  make: (key: Key) => Promise<Made>,
): Promise<Made | { readonly passphrase: string }> {
  if (passphraseFile !== undefined && key === undefined) {
    const { passphraseIn } = await import('../../src/backup/seal.ts')
    return { passphrase: await passphraseIn(resolve(passphraseFile)) }
  }
  if (passphraseFile === undefined && key !== undefined) return await make(key)
  throw new BackupError('give a passphrase file or a key of age, one of them', { code: 'KEY_UNDECIDED' })
}
