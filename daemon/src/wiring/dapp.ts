import { join } from 'node:path'
import type { DappPort } from '../api/ports.ts'
import { DappError } from '../dapp/errors.ts'
import { dappFolder } from '../dapp/find.ts'
import { snapshotDapp } from '../dapp/snapshot.ts'
import type { Context } from './context.ts'

const NONE: DappPort = { root: undefined, files: new Set() }

/** The web app that is built here. One that is not whole is not served, and devices are served all the same. */
export async function openDapp({ config, log }: Context): Promise<DappPort> {
  const folder = await dappFolder(config.dapp.dir)
  try {
    const snapshot = await snapshotDapp(folder, join(config.dataDir, 'dapp'))
    if (snapshot === undefined) log.info({ folder }, 'no web app is built: only the API is served')
    return snapshot ?? NONE
  } catch (err) {
    if (!(err instanceof DappError)) throw err
    log.error({ err }, 'the web app is not served')
    return NONE
  }
}
