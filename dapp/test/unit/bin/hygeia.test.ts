import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { mailboxOf, pairingWords } from '@hygeia/protocol/pairing/offer'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import { hygeia as run } from '../../../bin/program.ts'
import { TestDevice } from '../../support/device.ts'
import { CA_FILE, CA_SHA256, serve } from '../../support/tls.ts'
import { World } from '../../support/world.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-'))
const passphrase = join(dir, 'passphrase')
await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
const world = await World.start()
const { hospital } = world
const server = await serve(hospital)
t.teardown(async () => {
  server.closeAllConnections()
  server.close()
  await world.stop()
  await rm(dir, { recursive: true })
})

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
  /** Result lines, with `--json`. */
  readonly lines: readonly Record<string, unknown>[]
}

/** Run a command in this process. @param onLine - told each line of stdout as it comes */
async function runCommand(args: readonly string[], onLine: (line: string) => void): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  let out = ''
  let err = ''
  stdout.on('data', (text) => {
    out += text
    onLine(String(text).trim())
  })
  stderr.on('data', (text) => {
    err += text
  })
  const code = await run(args, {
    stdin: Readable.from([]),
    stdout,
    stderr,
    configHome: dir,
    derivation,
    exitCode: 0,
  })
  const isJson = args.includes('--json') && out !== ''
  return {
    code,
    out,
    err,
    lines: isJson
      ? out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [],
  }
}

const hygeia = (...args: readonly string[]) => runCommand(args, () => {})

// Cheap, because nobody is to be kept from guessing here.
const derivation = { name: 'argon2id', memoryKib: 64, passes: 1, lanes: 1 } as const
const secret = ['--passphrase-file', passphrase]
const there = () => ['--hospital', hospital.base, '--ca', CA_FILE]

t.test('the way of a patient and a physician, by command', async (t) => {
  const made = await hygeia('patient', 'new', ...secret)
  t.equal(made.code, 0, made.err)
  t.equal(
    made.out
      .trim()
      .split('\n')
      .find((line) => line.split(' ').length === 24)
      ?.split(' ').length,
    24,
  )
  const keystore = join(dir, 'hygeia', 'patient.keystore.json')
  t.equal((await stat(keystore)).mode & 0o777, 0o600)
  t.equal((await stat(join(dir, 'hygeia'))).mode & 0o777, 0o700)

  const again = await hygeia('patient', 'new', ...secret)
  t.match(again, { code: 1, err: /exists: move it away/ }, 'keys are never written over')
  t.equal(again.err.trim().split('\n').length, 1, 'in one line')

  const nowhere = await hygeia('patient', 'register', ...secret)
  t.match(nowhere, { code: 1, err: /--hospital/ })
  const unpinned = await hygeia('patient', 'register', ...secret, '--hospital', hospital.base)
  t.match(unpinned, { code: 1, err: /--ca/ })
  const registered = await hygeia('patient', 'register', ...secret, ...there())
  t.match(registered, { code: 0, out: /Registered 0x/ }, registered.err)
  t.match(
    await hygeia('patient', 'register', ...secret),
    { code: 0, out: /already/ },
    'the hospital is remembered',
  )

  const physicianMade = await hygeia('physician', 'new', '--json', ...secret)
  const account = String(physicianMade.lines[0]?.address)
  const applied = await hygeia('physician', 'register', '--json', ...secret)
  t.match(applied.lines, [{ physician: account, status: 'registered' }], applied.err)
  const early = await hygeia('patient', 'grant', account, '--yes', ...secret)
  t.match(early, { code: 1, err: /registered, not active/ })
  await world.consortium.admit(account as Parameters<typeof world.consortium.admit>[0])

  const device = await pairDevice(t)
  world.hold(device, (world.now - HOUR_MS) as UnixMs, 10)
  await hospital.shelf.anchor()

  const granted = await hygeia('patient', 'grant', account, '--yes', '--json', ...secret)
  t.equal(granted.code, 0, granted.err)
  const key = await hygeia('physician', 'key', '--json', ...secret)
  t.equal(granted.lines[0]?.fingerprint, key.lines[0]?.fingerprint)
  t.match(await hygeia('physician', 'grants', ...secret), { code: 0, out: /active/ })

  const file = join(dir, 'day.csv')
  const opened = await hygeia('physician', 'open', '--from', '-2h', '--format', 'csv', '-o', file, ...secret)
  t.match(opened, { code: 0, err: /2400 readings in 10 batches/ })
  t.equal((await readFile(file, 'utf8')).trim().split('\n').length, 2_401)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const json = await hygeia('physician', 'open', '--from', '-2h', '--json', ...secret)
  t.equal(json.lines.length, 10)
  const fhir = await hygeia('physician', 'open', '--from', '-2h', '--format', 'fhir', ...secret)
  t.equal(JSON.parse(fhir.out).entry.length, 2_402)
  t.match(
    (await hygeia('physician', 'open', '--from', '-2h', ...secret)).out,
    /time \(UTC\) +heart-rate \/min/,
  )

  const record = join(dir, 'record.json')
  const cid = String(json.lines[0]?.cid)
  t.match(await hygeia('physician', 'record', cid, '-o', record, ...secret), { code: 0 })
  const anyone = ['--dir', join(dir, 'anyone'), '--rpc', world.consortium.anvil.url]
  const proven = await hygeia('verify', record, ...anyone)
  t.match(proven, { code: 0, out: /PROVEN$/m }, proven.err)
  const unproven = await hygeia('prove', record, '-o', join(dir, 'record.proof'), ...anyone)
  t.match(unproven, { code: 1, err: /not one of a Clique chain/ }, 'only signers can be named offline')
  const forged = join(dir, 'forged.json')
  const text = await readFile(record, 'utf8')
  await writeFile(forged, text.replace(/"block": "0x8e01/, '"block": "0x8e02'))
  t.match(await hygeia('verify', forged, ...anyone), { code: 2, out: /✗.*\n.*REFUTED/s })

  const grant = String(granted.lines[0]?.grant)
  const revoked = await hygeia('patient', 'revoke', grant, ...secret)
  t.match(revoked, { code: 0, out: new RegExp(`Revoked ${grant}`) }, revoked.err)
  t.match(await hygeia('physician', 'open', ...secret), { code: 1, err: /revoked/ })
  t.match(await hygeia('patient', 'grants', ...secret), { code: 0, out: /revoked/ })
  const audit = await hygeia('patient', 'audit', ...secret)
  t.match(audit, { code: 0, out: /opened +10 batches/ })
})

async function pairDevice(t: Test): Promise<TestDevice> {
  const device = new TestDevice(world.consortium.realm, (world.now - 24 * HOUR_MS) as UnixMs)
  let words: readonly string[] = []
  const { code, err, lines } = await runCommand(['patient', 'pair', '--yes', '--json', ...secret], (line) => {
    const { event, enrolment: text } = JSON.parse(line)
    if (event !== 'enrolment') return
    const enrolment = parseEnrolment(text)
    hospital.putOffer(mailboxOf(enrolment), device.offer(text))
    words = pairingWords(enrolment, device.signer.address)
  })
  t.equal(code, 0, err)
  t.match(lines, [{ event: 'enrolment' }, { event: 'words', words }, { event: 'paired' }])
  device.labelKeys = hospital.labelKeysOf(device.signer.address)
  return device
}

t.test('what is entered and exported is looked at before anything is asked of anybody', async (t) => {
  const refused: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [['patient', 'enter', '--blood-pressure', '121'], /systolic\/diastolic/],
    [['patient', 'enter', '--pulse', '66'], /goes with --blood-pressure/],
    [['patient', 'enter', '--weight', 'much'], /in kg/],
    [['patient', 'enter', '--symptom', 'pain=11'], /0 to 10/],
    [['patient', 'enter', '--symptom', 'joy=3'], /one of pain/],
    [['patient', 'enter', '--weight', '71', '--at', '2001-01-01'], /measured between/],
    [['patient', 'export', '--from', 'now', '--to', '-1d'], /span is empty/],
    [['physician', 'export', '--patient', 'somebody'], /no account/],
  ]
  const asked = hospital.asked.length
  for (const [args, said] of refused) t.match(await hygeia(...args, ...secret), { code: 1, err: said })
  t.notOk(hospital.asked.slice(asked).some((line) => line.startsWith('POST /v1/batches')))
})

t.test('the certificate authority can be named by its digest, and another is refused', async (t) => {
  const at = (ca: string) => ['--dir', join(dir, ca.slice(-4)), '--hospital', hospital.base, '--ca', ca]
  const keyless = { code: 1, err: /run `hygeia patient new`/ }
  t.match(await hygeia('patient', 'grants', ...at(CA_SHA256), ...secret), keyless)
  await hygeia('physician', 'new', ...at(CA_SHA256), ...secret)
  const right = await hygeia('physician', 'register', ...at(`sha256:${CA_SHA256}`), ...secret)
  t.match(right, { code: 0 }, right.err)
  const wrong = CA_SHA256.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  const refused = await hygeia('verify', CA_FILE, ...at(wrong))
  t.equal(refused.code, 1)
})

t.test('words and shares bring a keystore back', async (t) => {
  const first = await hygeia('patient', 'new', '--json', ...secret, '--dir', join(dir, 'a'))
  const { address, words } = first.lines[0] ?? {}
  const split = await hygeia('patient', 'shares', '--json', ...secret, '--dir', join(dir, 'a'))
  const shares = split.lines[0]?.shares as string[]
  t.equal(shares.length, 5)
  await writeFile(join(dir, 'words'), `${words}\n`)
  await writeFile(join(dir, 'shares'), shares.slice(1, 4).join('\n'))
  const byWords = ['--words-file', join(dir, 'words'), '--dir', join(dir, 'b')]
  const byShares = ['--shares-file', join(dir, 'shares'), '--dir', join(dir, 'c')]
  for (const how of [byWords, byShares]) {
    const back = await hygeia('patient', 'recover', '--json', ...secret, ...how)
    t.equal(back.lines[0]?.address, address, back.err)
  }
  await writeFile(join(dir, 'shares'), shares.slice(1, 3).join('\n'))
  const few = await hygeia(
    'patient',
    'recover',
    ...secret,
    '--shares-file',
    join(dir, 'shares'),
    '--dir',
    join(dir, 'd'),
  )
  t.match(few, { code: 1, err: /2 given, 3 needed/ })
})

t.test('mistakes end in one line that says what to do', async (t) => {
  await chmod(passphrase, 0o644)
  t.match(await hygeia('patient', 'grants', ...secret), { code: 1, err: /chmod 600/ })
  await chmod(passphrase, 0o600)
  const other = join(dir, 'other')
  await writeFile(other, 'another passphrase\n', { mode: 0o600 })
  const wrong = await hygeia('patient', 'grants', '--passphrase-file', other, '--json')
  t.same([wrong.code, JSON.parse(wrong.err).error], [1, 'WRONG_PASSPHRASE'])
  t.match(
    await hygeia('patient', 'grants'),
    { code: 1, err: /--passphrase-file/ },
    'nobody is there to type it',
  )
  t.match(await hygeia('patient', 'grant', '0x12', ...secret), { code: 1, err: /no account/ })
  const early = ['physician', 'open', '--from', 'yesterday', ...secret]
  t.match(await hygeia(...early), { code: 1, err: /is no time/ })
  t.match(await hygeia('verify', '/nowhere'), { code: 1, err: /cannot read/ })
  t.match(await hygeia('verify', CA_FILE, '--pins', CA_FILE), { code: 1, err: /go with --offline/ })
  const signers = ['--signers', CA_SHA256.slice(0, 42)]
  t.match(await hygeia('verify', '--offline', CA_FILE, ...signers), { code: 1, err: /no account/ })
  const nowhere = ['--dir', join(dir, 'nowhere'), ...signers]
  t.match(await hygeia('verify', '--offline', CA_FILE, ...nowhere), {
    code: 1,
    err: /which chain with --pins/,
  })
  t.match(await hygeia('verify', '--offline', CA_FILE), { code: 2, out: /✗.*MALFORMED.*\n.*REFUTED/s })
  t.match(await hygeia('prove', '/nowhere', '-o', CA_FILE), { code: 1, err: /cannot read/ })
  t.match(await hygeia('prove', CA_FILE), { code: 1, err: /--output/ })
  t.match(await hygeia('physician', 'record', '--proof', 'bafy'), { code: 1, err: /no CID/ })
  t.match(await hygeia('patient', 'gant'), { code: 1, err: /unknown command/ })
  const away = ['--hospital', 'https://127.0.0.1:1', '--ca', CA_FILE]
  t.match(await hygeia('physician', 'grants', ...away, ...secret), { code: 1, err: /cannot reach/ })
})

t.test('every command has help', async (t) => {
  for (const path of [
    [],
    ['patient'],
    ['physician'],
    ['patient', 'grant'],
    ['physician', 'open'],
    ['verify'],
    ['prove'],
    ['pins'],
  ]) {
    t.match(await hygeia(...path, '--help'), { code: 0, out: /Usage: hygeia/ })
  }
})

t.test('the program itself tells its status', (t) => {
  const program = fileURLToPath(new URL('../../../bin/hygeia.ts', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [program, 'verify', '/nowhere'], {
    encoding: 'utf8',
  })
  t.equal(status, 1)
  t.match(stderr, /^hygeia: cannot read \/nowhere.*\n$/)
  t.end()
})
