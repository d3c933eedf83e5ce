import { fileURLToPath } from 'node:url'
import { runToEnd } from '../../support/process.ts'

const BUILD = fileURLToPath(new URL('../../../dapp/build/build.ts', import.meta.url))

/** Build the web app as it is now into `dir`: what `make dapp` left may be older. */
export async function buildDapp(dir: string): Promise<string> {
  await runToEnd(BUILD, [dir])
  return dir
}
