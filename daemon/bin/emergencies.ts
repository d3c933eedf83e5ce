import { resolve } from 'node:path'
import { readConfig } from '@hygeia/runtime/config-file'
import type { Command } from 'commander'
import { z } from 'zod'
import { DaemonConfig } from '../src/config/config.ts'
import { callOperator } from '../src/operator/call.ts'

const Waiting = z.array(
  z.looseObject({ id: z.string(), physician: z.string(), reason: z.string(), expires: z.number() }),
)

/** A physician at another hospital asks that this one sign: somebody here looks, and agrees. */
export function addEmergencyCommands(program: Command, defaultConfig: string): void {
  const emergencies = program
    .command('emergencies')
    .description('emergencies at other hospitals that this one is asked to witness')
  emergencies
    .command('list', { isDefault: true })
    .description('those that wait')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async ({ config: file }) => {
      const config = await readConfig(resolve(file), DaemonConfig)
      const waiting = Waiting.parse(await callOperator(config, 'GET', 'emergencies'))
      if (waiting.length === 0) console.log('none waits')
      for (const { id, physician, reason, expires } of waiting) {
        console.log(`${id}  ${physician}  until ${new Date(expires).toISOString()}  ${reason}`)
      }
    })
  emergencies
    .command('agree')
    .description('sign that the glass be broken; the patient is told')
    .argument('<id>', 'as the list shows it')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async (id: string, { config: file }) => {
      const config = await readConfig(resolve(file), DaemonConfig)
      await callOperator(config, 'POST', `emergencies/${encodeURIComponent(id)}/agreement`)
      console.log('agreed: the physician gets this hospital’s signature now')
    })
}
