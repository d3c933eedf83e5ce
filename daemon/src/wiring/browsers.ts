import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Api } from '../api/api.ts'
import type { CertificatePair } from '../browsers/certificate.ts'
import { Challenges } from '../browsers/challenges.ts'
import { CertificateFiles } from '../browsers/files.ts'
import type { BrowsersConfig } from '../config/browsers.ts'
import type { ServedCertificate } from '../ops/views.ts'
import type { Context } from './context.ts'

export interface BrowserParts {
  /** Where browsers come in. */
  readonly url: string
  readonly certificates: () => readonly ServedCertificate[]
}

/** The door for browsers, where one is configured. Until there is a certificate it shows the hospital's own. */
export async function startBrowsers(context: Context, api: Api): Promise<BrowserParts | undefined> {
  const { config, stack, clock } = context
  const { browsers } = config
  if (browsers === undefined) return undefined
  const log = context.log.child({ part: 'browsers' })
  const door = api.browserDoor(browsers)
  let held: CertificatePair | undefined
  const onPair = (pair: CertificatePair) => {
    held = pair
    door.setCertificate(pair)
  }
  if (browsers.certificate.from === 'files') {
    await stack.add(new CertificateFiles(browsers.certificate, { onPair, log }))
  }
  await stack.add(door)
  const url = urlOf(browsers, door.port)
  if (browsers.certificate.from === 'acme') {
    const { challenge, caFile, directory, email } = browsers.certificate
    const challenges = await stack.add(new Challenges({ ...challenge, redirectTo: () => url }))
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8')
    // Its client brings more along than the rest of this door: only who uses it loads it.
    const { AcmeCertificate } = await import('../browsers/acme.ts')
    await stack.add(
      new AcmeCertificate(
        { directory, email, names: browsers.names, dir: join(config.dataDir, 'acme'), ca },
        { challenges, onPair, clock, log },
      ),
    )
  }
  return { url, certificates: () => (held === undefined ? [] : [{ role: 'browsers', pem: held.cert }]) }
}

function urlOf({ names: [name = ''] }: BrowsersConfig, port: number): string {
  return port === 443 ? `https://${name}` : `https://${name}:${port}`
}
