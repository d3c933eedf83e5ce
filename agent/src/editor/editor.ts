import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'
import { createAtomic, writeAtomic } from '@hygeia/runtime/atomic-write'
import { readKeyFile } from '@hygeia/runtime/key-file'
import RED from 'node-red'
import { isLoopback, pathsOf } from '../config/config.ts'
import { configuredBy } from '../pipeline/document.ts'
import { flowOf } from '../pipeline/draw.ts'
import type { EditorInit } from '../workers/messages.ts'
import { fingerprintOf, selfMadeIdentity } from './certificate.ts'
import { CoreLine } from './core-line.ts'
import { readPassword } from './password.ts'
import { nodeRedSettings } from './settings.ts'

/** Where a node type is missing, Node-RED starts no flows and never says so. */
const START_MS = 60_000

export interface RunningEditor {
  readonly line: CoreLine
  /** Undefined when headless. */
  readonly port: number | undefined
  /** Of its certificate: SHA-256 as browsers show it; undefined where it speaks in the clear. */
  readonly fingerprint: string | undefined
  stop(): Promise<void>
}

/** Start Node-RED on the flow of this bedside, drawn from the pipeline when nobody made one yet. */
export async function startEditor({
  config,
  pipeline,
  port: core,
  isSafe,
}: EditorInit): Promise<RunningEditor> {
  const { editor } = config
  const paths = pathsOf(config)
  await mkdir(paths.editor, { recursive: true, mode: 0o700 })
  if (!existsSync(paths.editorFlow)) {
    await writeAtomic(paths.editorFlow, JSON.stringify(flowOf(configuredBy(config, pipeline)), undefined, 2))
  }
  const passwordHash = editor.headless ? undefined : await readPassword(paths.editorPassword)
  const credentialSecret = await credentialKey(join(paths.editor, 'credentials.key'))

  // The editor takes what stands before a colon for the name of a catalogue of translations.
  const notify = (trouble: string | undefined) =>
    RED.events.emit('runtime-event', {
      id: 'hygeia-pipeline',
      retain: trouble !== undefined,
      payload: trouble === undefined ? {} : { type: 'error', text: trouble.replaceAll(':', ' –') },
    })
  const line = new CoreLine(config, pipeline, { port: core, notify })
  const served = editor.headless ? undefined : await serverOf(editor, paths.editor)
  const server = served?.server
  RED.init(
    server ?? createServer(),
    nodeRedSettings(editor, { userDir: paths.editor, passwordHash, credentialSecret, isSafe }, line),
  )
  const started = Promise.withResolvers<void>()
  const giveUp = setTimeout(() => started.resolve(), isSafe ? 0 : START_MS)
  let isDeploy = false
  RED.events.on('flows:started', ({ config: { flows } }: { config: { flows: unknown } }) => {
    line.flow(flows, { isDeploy })
    isDeploy = true
    started.resolve()
  })
  await RED.start()
  if (server !== undefined) {
    server.on('request', RED.httpAdmin)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(editor.port, editor.host, resolve)
    })
  }
  await started.promise
  clearTimeout(giveUp)
  const address = server?.address()
  return {
    line,
    port: typeof address === 'object' ? address?.port : undefined,
    fingerprint: served?.fingerprint,
    async stop() {
      await RED.stop()
      server?.closeAllConnections()
      server?.close()
    },
  }
}

interface Served {
  readonly server: Server
  readonly fingerprint: string | undefined
}

/** In the clear on this machine only. */
async function serverOf({ tls, host }: EditorInit['config']['editor'], folder: string): Promise<Served> {
  if (tls === undefined && isLoopback(host)) return { server: createServer(), fingerprint: undefined }
  const identity =
    tls === undefined
      ? await selfMadeIdentity(folder, host)
      : { cert: await readFile(tls.certFile, 'utf8'), key: await readFile(tls.keyFile, 'utf8') }
  const server = createTlsServer({ ...identity, minVersion: 'TLSv1.2' })
  return { server, fingerprint: fingerprintOf(identity) }
}

/** The key of the flow's credentials, made at the first start. */
async function credentialKey(path: string): Promise<string> {
  if (!existsSync(path)) await createAtomic(path, `${randomBytes(32).toString('hex')}\n`)
  return Buffer.from(await readKeyFile(path)).toString('hex')
}
