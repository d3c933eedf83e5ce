import { execFile } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '@hygeia/runtime/clock'
import { checkCertificateClock } from '../clock-check.ts'
import type { TlsFiles } from '../init/tls-files.ts'
import { type Finding, unwell, well } from './finding.ts'

const run = promisify(execFile)
const GIB = 1_073_741_824
const LIMIT_MS = 5_000

/** Not before anything that this hospital has dated, and kept right by somebody. */
export async function checkClock(tls: TlsFiles | undefined, clock: Clock): Promise<readonly Finding[]> {
  const now = new Date(clock.now()).toISOString()
  const findings: Finding[] = []
  try {
    if (tls !== undefined) checkCertificateClock(tls, clock)
    findings.push(well('clock', now))
  } catch (cause) {
    findings.push(unwell('clock', cause instanceof Error ? cause.message : now, 'timedatectl set-ntp true'))
  }
  const isSynchronized = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    timeout: LIMIT_MS,
  }).then(
    ({ stdout }) => stdout.trim() === 'yes',
    // Without systemd nobody here can say.
    () => undefined,
  )
  if (isSynchronized === false) {
    findings.push(
      unwell(
        'clock synchronisation',
        'nothing keeps it right',
        'timedatectl set-ntp true, or install chrony',
      ),
    )
  } else if (isSynchronized) findings.push(well('clock synchronisation', 'kept right over the network'))
  return findings
}

/** Whether what the daemon needs is free, and can be written. @param leastFreeBytes - below this it refuses new batches */
export async function checkDisk(dataDir: string, leastFreeBytes: number): Promise<readonly Finding[]> {
  const free = await statfs(dataDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
  if (free === undefined) {
    return [unwell('disk', `${dataDir} cannot be entered`, 'mount its disk, or run as the daemon’s user')]
  }
  const room = `${(free / GIB).toFixed(1)} GiB free at ${dataDir}`
  const probe = join(dataDir, `doctor-${process.pid}.tmp`)
  const isWritable = await writeFile(probe, 'x', { flush: true }).then(
    () => true,
    () => false,
  )
  await rm(probe, { force: true })
  return [
    free < leastFreeBytes * 2
      ? unwell(
          'disk',
          `${room}; below ${(leastFreeBytes / GIB).toFixed(1)} GiB batches are refused`,
          'make room, or a larger disk',
        )
      : well('disk', room),
    isWritable
      ? well('disk writing', 'works')
      : unwell('disk writing', 'refused', 'run as the daemon’s user; is the disk full or mounted read-only?'),
  ]
}
