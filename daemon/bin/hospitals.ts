import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseAddress } from '@hygeia/protocol/ids'
import { readConfig } from '@hygeia/runtime/config-file'
import { Command, InvalidArgumentError } from 'commander'
import { DaemonConfig } from '../src/config/config.ts'
import { parseCard } from '../src/consortium/card.ts'
import { callOperator } from '../src/operator/call.ts'
import { formatHospitals, formatVote } from '../src/operator/votes.ts'

export const DEFAULT_CONFIG = '/etc/hygeia/daemon.json'

/** Account address as people may write it. */
export function accountAddress(text: string) {
  try {
    return parseAddress(text.toLowerCase())
  } catch {
    throw new InvalidArgumentError('not an account address (0x and 40 hex digits)')
  }
}

/** Ask the daemon that `file` configures. */
export async function askDaemon(
  file: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<unknown> {
  return await callOperator(await readConfig(resolve(file), DaemonConfig), method, path, body)
}

/** The JSON in a file that another hospital handed over. @throws {InvalidArgumentError} */
export async function readHandedOver(path: string): Promise<unknown> {
  const text = await readFile(resolve(path), 'utf8').catch(() => {
    throw new InvalidArgumentError(`${path} cannot be read`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError(`${path} is not JSON`)
  }
}

/** `hygeia-daemon hospitals …`: who is in the consortium, and this hospital's votes on it. */
export function hospitalsCommand(): Command {
  const hospitals = new Command('hospitals')
    .description('the hospitals of the consortium: who they are, and this one’s votes on them')
    .showHelpAfterError()
    .addHelpText(
      'after',
      `
A hospital joins in four steps:
  a member      hygeia-daemon hospitals invite > invitation.json      (secret: it holds the swarm's key)
  the new one   hygeia-daemon init --dir /var/lib/hygeia --host new.example --join invitation.json
                hygeia-daemon run --config /var/lib/hygeia/daemon.json
                hygeia-daemon hospitals card > new.json
  each member   hygeia-daemon hospitals admit new.json                (until a majority has)

Examples:
  hygeia-daemon hospitals list
  hygeia-daemon hospitals suspend 0x52908400098527886e0f7030069857d2e4169ee7`,
    )
  const command = (name: string, description: string) =>
    hospitals
      .command(name)
      .description(description)
      .option('--config <file>', 'what init made', DEFAULT_CONFIG)

  command('list', 'who was ever admitted, and how each is')
    .option('--json', 'for machines')
    .action(async ({ config, json }) => {
      const answer = await askDaemon(config, 'GET', 'hospitals')
      console.log(json ? JSON.stringify(answer, undefined, 2) : formatHospitals(answer))
    })
  command('card', 'print how this hospital introduces itself: nothing in it is secret').action(
    async ({ config }) => {
      console.log(JSON.stringify(await askDaemon(config, 'GET', 'card'), undefined, 2))
    },
  )
  command('invite', 'print what another hospital needs to join: hand it over like a key')
    .option('--rpc <url>', 'of a chain node that the invited hospital may use')
    .action(async ({ config, rpc }) => {
      const invitation = await askDaemon(config, 'GET', 'invitation')
      console.log(
        JSON.stringify({ ...Object(invitation), ...(rpc === undefined ? {} : { rpc }) }, undefined, 2),
      )
    })
  command('admit', 'remember where a hospital is reached, and vote to admit it, or to change its keys')
    .argument('<file>', 'its card')
    .action(async (file, { config }) => {
      const card = parseCard(await readHandedOver(file))
      const { voted } = Object(await askDaemon(config, 'POST', 'hospitals/admission', card)) as {
        voted?: unknown
      }
      console.log(
        voted === null
          ? `${card.operator} is active already; where it is reached is noted`
          : formatVote(card.operator, 'is admitted', voted),
      )
    })
  command('suspend', 'vote to suspend a hospital: it anchors and re-encrypts nothing from that block on')
    .argument('<address>', 'its operator account', accountAddress)
    .action(async (address, { config }) => {
      const voted = await askDaemon(config, 'POST', `hospitals/${address}/suspension`)
      console.log(formatVote(address, 'is suspended', voted))
    })
  return hospitals
}
