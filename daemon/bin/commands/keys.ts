import { resolve } from 'node:path'
import { readConfig } from '@hygeia/runtime/config-file'
import { Argument, type Command } from 'commander'
import { z } from 'zod'
import { DaemonConfig } from '../../src/config/config.ts'
import { callOperator } from '../../src/operator/call.ts'

const Rotated = z.looseObject({
  address: z.string(),
  isDone: z.boolean(),
  entry: z.record(z.string(), z.string()),
})

export function addKeys(program: Command, defaultConfig: string): void {
  program
    .command('keys')
    .description('what the hospital signs with')
    .command('rotate')
    .description('make a new key and have it take over: relay and anchor on the chain, tls with the same CA')
    .addArgument(new Argument('<key>', 'which one').choices(['relay', 'anchor', 'tls']))
    .option('--host <names...>', 'tls: names of the new certificate; those of the present one unless told')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async (key: string, { host, config: file }) => {
      const config = await readConfig(resolve(file), DaemonConfig)
      if (key === 'tls') {
        const { renewCertificate } = await import('../../src/init/certificates.ts')
        const names = await renewCertificate(config.keysDir, host)
        console.log(
          `A new certificate is there, for ${names.join(', ')}; devices go on, for its CA is the same`,
        )
        console.log('\nNext: restart the daemon, which reads it at its start')
        return
      }
      const { address, isDone, entry } = Rotated.parse(
        await callOperator(config, 'POST', `keys/${key}/rotation`),
      )
      if (isDone)
        console.log(`${address} is the ${key} account from now on; a backup from before holds the old key`)
      else {
        console.log(
          `${address} becomes the ${key} account when a majority of the hospitals has voted for this:`,
        )
        console.log(JSON.stringify(entry, undefined, 2))
        console.log('\nUntil then the old key goes on; asking again shows whether it is done')
      }
    })
}
