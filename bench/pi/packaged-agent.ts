import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { OwnProcess } from '@hygeia/test/process'
import { putWaveforms } from './played.ts'

const BUILD = fileURLToPath(new URL('../../.build/', import.meta.url))
const UNIT = fileURLToPath(new URL('../../systemd/hygeia-agent.service', import.meta.url))
const TREES = 'usr/lib/hygeia/agent'

/** The agent of this machine's package, with recorded waveforms beside it. @returns its program */
export async function unpackAgent(folder: string): Promise<string> {
  const [name] = (await readdir(BUILD)).filter((file) => /^hygeia-agent_.*_amd64\.deb$/.test(file))
  if (name === undefined) throw new Error('there is no package: make deb ARCH=amd64')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await promisify(execFile)('dpkg-deb', ['--extract', join(BUILD, name), folder])
  const [version = ''] = await readdir(join(folder, TREES))
  await putWaveforms(join(folder, TREES, version, 'workers'))
  return join(folder, TREES, version, 'agent.mjs')
}

/** Run it as the unit does. @param env - besides what the unit has */
export async function startAgent(
  program: string,
  {
    configFile,
    logFile,
    env,
  }: { configFile: string; logFile: string; env: Readonly<Record<string, string>> },
): Promise<OwnProcess> {
  const [, flags = ''] = /\/node ((?:--\S+ )+)/.exec(await readFile(UNIT, 'utf8')) ?? []
  return new OwnProcess({
    file: program,
    args: ['run', '--config', configFile],
    nodeArgs: flags.trim().split(' '),
    logFile,
    env: { ...env, MALLOC_ARENA_MAX: '2', NODE_ENV: 'production' },
  })
}
