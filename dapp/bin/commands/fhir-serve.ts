import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DAY_MS } from '@hygeia/protocol/units'
import type { Command } from 'commander'
import { Receipts } from '../../src/fhir/receipts.ts'
import { Facade } from '../../src/fhir/served/facade.ts'
import { Refresh } from '../../src/fhir/served/refresh.ts'
import { Store } from '../../src/fhir/served/store.ts'
import { describe } from '../../src/physician/conduct.ts'
import { usage } from '../host/errors.ts'
import { secretFrom } from '../host/passphrase.ts'
import type { CommandSession } from '../host/session.ts'
import { wholeNumberArgument } from './arguments.ts'
import type { Run } from './run.ts'

interface ServeOptions {
  readonly listen: string
  readonly days: string
  readonly every: string
  readonly readings: string
  readonly tokenFile?: string
  readonly tlsKey?: string
  readonly tlsCert?: string
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/
const TOKEN_MIN = 32

export function addFhirServeCommand(program: Command, run: Run): void {
  program
    .command('fhir-serve')
    .description('for physicians: serve what patients granted you to a record system, as read-only FHIR R4')
    .option('--listen <host:port>', 'where; port 0 takes any free one', '127.0.0.1:8180')
    .option('--days <n>', 'how far back readings are held', '1')
    .option('--every <seconds>', 'how often new readings are opened', '60')
    .option('--readings <n>', 'how many are held; the oldest go first', '2000000')
    .option(
      '--token-file <file>',
      `first line is the token, ${TOKEN_MIN} characters or more; else one is made`,
    )
    .option('--tls-key <file>', 'PEM; needed beyond this machine')
    .option('--tls-cert <file>', 'PEM, of the same key')
    .addHelpText(
      'after',
      `
Everything is decrypted here and held in memory alone. What a patient revokes is forgotten at the next look. Opening
is written to the patients' audit logs, as it is with \`hygeia physician open\`.

Served: Observation, Patient, Device, Consent, AuditEvent, Provenance; read and search. Patients go by account.

Examples:
  $ hygeia fhir-serve
  $ curl -H "Authorization: Bearer TOKEN" http://127.0.0.1:8180/metadata
  $ curl -H "Authorization: Bearer TOKEN" \\
      "http://127.0.0.1:8180/Observation?patient=5aae…&code=http://loinc.org|8867-4&date=ge2025-11-01&_count=500"
  $ hygeia fhir-serve --listen 0.0.0.0:8443 --tls-key key.pem --tls-cert cert.pem --token-file token
`,
    )
    .action(run(serve))
}

async function serve(session: CommandSession, options: ServeOptions): Promise<void> {
  const { terminal } = session
  const where = whereIn(options)
  const everyMs = wholeNumberArgument('--every', options.every) * 1_000
  const windowMs = wholeNumberArgument('--days', options.days) * DAY_MS
  const readingsLimit = wholeNumberArgument('--readings', options.readings)
  const [tls, named] = await Promise.all([tlsOf(options), tokenIn(options.tokenFile)])
  await session.asPhysician(async (physician) => {
    const store = new Store({ readingsLimit })
    const broken = () => session.folder.broken()
    const refresh = new Refresh(
      { windowMs },
      {
        physician,
        store,
        broken,
        onConduct: ({ report }) => {
          for (const observed of report) terminal.warn(describe(observed))
        },
      },
    )
    await terminal.during('opening', () => refresh.once())
    const { clock } = physician.hospital.client
    const token = named ?? randomBytes(32).toString('base64url')
    const receipts = new Receipts(physician.hospital)
    let url = ''
    const facade = new Facade({
      base: () => url,
      store,
      receiptOf: (cid) => receipts.of(cid),
      now: () => clock.now(),
      notices: () => refresh.notices,
    })
    // Only this command needs it, and it takes longer to load than the others do to run.
    const { createServer } = await import('../fhir/server.ts')
    const app = await createServer(
      {
        base: () => url,
        token,
        tls,
        startedAt: clock.now(),
        onFault: (cause) => terminal.warn(cause instanceof Error ? cause.message : String(cause)),
      },
      facade,
    )
    url = await app.listen(where)
    terminal.result({ url, readings: store.readings, ...(named === undefined && { token }) }, [
      `Serving ${store.readings} readings at ${url}`,
      ...(named === undefined
        ? [`Token  ${token}`, '       shown this once; Ctrl-C ends it and all that is held']
        : []),
    ])
    for (const notice of refresh.notices) terminal.warn(notice)
    try {
      for (;;) {
        await clock.sleep(everyMs, session.stopped)
        await refresh.once()
        terminal.progress(`${store.readings} readings`)
      }
    } catch (cause) {
      if (!session.stopped.aborted) throw cause
    } finally {
      await app.close()
    }
  })
}

function whereIn({ listen, tlsKey, tlsCert }: ServeOptions): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port > 65_535)
    throw usage('--listen is HOST:PORT, such as 127.0.0.1:8180 or [::1]:8180')
  if ((tlsKey === undefined) !== (tlsCert === undefined)) throw usage('--tls-key and --tls-cert go together')
  if (!LOOPBACK.test(host) && tlsKey === undefined) {
    throw usage(
      `readings would cross the network in clear: add --tls-key and --tls-cert, or listen on 127.0.0.1`,
    )
  }
  return { host, port }
}

async function tlsOf({ tlsKey, tlsCert }: ServeOptions): Promise<{ key: string; cert: string } | undefined> {
  if (tlsKey === undefined || tlsCert === undefined) return undefined
  const read = (file: string) =>
    readFile(file, 'utf8').catch(() => {
      throw usage(`cannot read ${file}: name a PEM file`)
    })
  const [key, cert] = await Promise.all([read(tlsKey), read(tlsCert)])
  return { key, cert }
}

async function tokenIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const token = await secretFrom(file, '--token-file')
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= TOKEN_MIN) return token
  throw usage(`the first line of ${file} is no token: ${TOKEN_MIN} characters or more, without spaces`)
}
