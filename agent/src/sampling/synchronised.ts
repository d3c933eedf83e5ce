import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * Who knows whether the wall clock is right: `timesyncd` by the file that systemd-timesyncd leaves, `timedatectl`
 * by asking systemd, which knows of chrony and ntpd too; `assume` where there is nothing to wait for.
 */
export type SynchronisationSource = 'timesyncd' | 'timedatectl' | 'assume'

/** Touched at the first synchronisation of a boot; systemd-timesyncd.service(8), "Files". */
const TIMESYNCD_FILE = '/run/systemd/timesync/synchronized'

/** A question that answers whether the wall clock was set by a time service; one that cannot tell says no. */
export function synchronisationOf(
  source: SynchronisationSource,
  { timesyncdFile = TIMESYNCD_FILE }: { timesyncdFile?: string } = {},
): () => Promise<boolean> {
  switch (source) {
    case 'assume':
      return async () => true
    case 'timesyncd':
      return () =>
        access(timesyncdFile).then(
          () => true,
          () => false,
        )
    case 'timedatectl':
      return () =>
        promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value']).then(
          ({ stdout }) => stdout.trim() === 'yes',
          () => false,
        )
  }
}
