import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type HospitalOptions, HospitalProcess } from './hospital.ts'
import { steadyPorts } from './ports.ts'
import { OwnProcess } from './process.ts'

export interface HospitalsOptions {
  readonly dir: string
  readonly count: number
  readonly consortium?: HospitalOptions['consortium']
  /** Folder of a built web app that each serves. */
  readonly dapp?: string | undefined
}

export interface Hospitals {
  readonly chain: OwnProcess
  readonly all: readonly HospitalProcess[]
}

const CHAIN_NODE = new URL('chain-node.ts', import.meta.url).pathname

/**
 * Several hospitals in processes of their own, on a chain that none of them keeps: the first founded it, and the
 * others joined by invitation, card and vote, as people do it.
 */
export async function startHospitals(
  t: Test,
  { dir, count, consortium = {}, dapp }: HospitalsOptions,
): Promise<Hospitals> {
  const { rpc } = await steadyPorts()
  const common = async (name: string) => ({
    dir: join(dir, name),
    periodSec: 1,
    logLevel: 'info' as const,
    ports: await steadyPorts(),
    apiLimits: { perAddress: 1_000_000, chain: 1_000_000, nonces: 1_000_000, consortium: 1_000_000 },
    relayPerSigner: 1_000,
    chainUrl: `http://127.0.0.1:${rpc}`,
    isInSwarm: true,
    consortium,
    ...(dapp === undefined ? {} : { dapp }),
  })
  const founder = await HospitalProcess.init(await common('1'))
  const args = ['--hospital', founder.dir, '--dir', join(dir, 'chain'), '--port', String(rpc)]
  const chain = new OwnProcess({ file: CHAIN_NODE, args, logFile: join(dir, 'chain.log') })
  t.teardown(() => chain.kill())
  const all = [founder]
  await begin(t, founder)
  while (all.length < count) {
    const invitation: unknown = JSON.parse(await founder.command('hospitals', 'invite'))
    const joining = await HospitalProcess.init({ ...(await common(String(all.length + 1))), invitation })
    await begin(t, joining)
    const card = join(joining.dir, 'card.json')
    await writeFile(card, await joining.command('hospitals', 'card'))
    for (const member of all) await member.command('hospitals', 'admit', card)
    all.push(joining)
  }
  return { chain, all }
}

async function begin(t: Test, hospital: HospitalProcess): Promise<void> {
  hospital.launch()
  t.teardown(() => hospital.kill())
  await hospital.ready()
}
