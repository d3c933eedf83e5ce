import { glob, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Figure, Finding } from '../../report/figure.ts'

const AIM = { atMost: 60 }
const MB = 1_048_576
const FOLDER = fileURLToPath(new URL('../../../.build/', import.meta.url))

/** What a bedside has to fetch: each package that was made. */
export async function packageSize(): Promise<Finding> {
  const figures: Figure[] = []
  for await (const name of glob('hygeia-agent_*.deb', { cwd: FOLDER })) {
    const [, architecture = ''] = /_([a-z0-9]+)\.deb$/.exec(name) ?? []
    const { size } = await stat(`${FOLDER}${name}`)
    const figure = { name: `package for ${architecture}`, measured: size / MB, unit: 'MB', aim: AIM } as const
    figures.push({ ...figure, note: basename(name) })
  }
  if (figures.length === 0) throw new Error('there is no package: make deb ARCH=amd64')
  return { figures }
}
