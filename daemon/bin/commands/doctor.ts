import { resolve } from 'node:path'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import type { Command } from 'commander'
import { DaemonConfig } from '../../src/config/config.ts'
import { formatFindings } from '../../src/doctor/finding.ts'

export function addDoctor(program: Command, defaultConfig: string): void {
  program
    .command('doctor')
    .description('look at keys, clock, disk, engines, peers, certificate and contracts, and say what to do')
    .option('--config <file>', 'what init made', defaultConfig)
    .option('--json', 'for machines')
    .action(async ({ config: file, json }) => {
      const config = await readConfig(resolve(file), DaemonConfig)
      const { examine } = await import('../../src/doctor/doctor.ts')
      const findings = await examine(config, { clock: systemClock, env: process.env })
      console.log(json ? JSON.stringify(findings, undefined, 2) : formatFindings(findings))
      if (findings.some(({ isWell }) => !isWell)) process.exitCode = 1
    })
}
