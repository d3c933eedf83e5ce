import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { Hex32 } from '@hygeia/protocol/ids'
import { parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { mailboxOf } from '@hygeia/protocol/pairing/offer'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { hygeia as run } from '../../../bin/program.ts'
import { TestDevice } from '../../support/device.ts'
import { CA_FILE, CA_SHA256, serve } from '../../support/tls.ts'
import { World } from '../../support/world.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-'))
const passphrase = join(dir, 'passphrase')
await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
const world = await World.start(3)
const [first, second, third] = world.hospitals
if (first === undefined || second === undefined || third === undefined) throw new Error('three hospitals')
const servers = await Promise.all(world.hospitals.map(serve))
t.teardown(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await world.stop()
  await rm(dir, { recursive: true })
})

/** Run a command in this process. @param onLine - told each line of stdout as it comes */
async function hygeia(args: readonly string[], onLine: (line: string) => void = () => {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const texts = { out: '', err: '' }
  stdout.on('data', (text) => {
    texts.out += text
    onLine(String(text).trim())
  })
  stderr.on('data', (text) => {
    texts.err += text
  })
  const derivation = { name: 'argon2id', memoryKib: 64, passes: 1, lanes: 1 } as const
  const host = { stdin: Readable.from([]), stdout, stderr, configHome: dir, derivation, exitCode: 0 }
  const code = await run([...args, '--passphrase-file', passphrase], host)
  return { code, ...texts }
}

const json = async (...args: readonly string[]) => {
  const { code, out, err } = await hygeia([...args, '--json'])
  if (code !== 0) throw new Error(err)
  return JSON.parse(out.trim().split('\n').at(-1) ?? '')
}
/** As a client would hear it from the first hospital. */
const tell = (hospital: typeof first) => first.hear(hospital.stated(`0x${CA_SHA256}` as Hex32))

await hygeia(['patient', 'new'])
await hygeia(['physician', 'new'])
await hygeia(['patient', 'register', '--hospital', first.base, '--ca', CA_FILE])
const { physician: account } = await json('physician', 'register')
await world.consortium.admit(account)

t.test('with one hospital there is no break-glass, and the command says so', async (t) => {
  t.match(await hygeia(['hospitals']), { code: 0, out: /One hospital: .* there is no break-glass/ })
  const refused = await hygeia(['patient', 'grant', account, '--yes', '--emergency', '4'])
  t.match(refused, { code: 1, err: /there is no break-glass with one hospital/ })
})

t.test('hospitals are found through each other, added by hand, and forgotten', async (t) => {
  const forged = third.stated(`0x${CA_SHA256}` as Hex32)
  first.hear({ ...forged, api: 'https://127.0.0.1:1' })
  t.match(await json('hospitals'), { hospitals: { length: 1 } }, 'not what it never signed')
  tell(second)
  const found = await hygeia(['hospitals'])
  t.match(found, { code: 0, err: new RegExp(`Found ${second.keys.operator} at ${second.base}`) })
  third.hear(forged)
  t.match(await hygeia(['hospitals', 'add', third.base, CA_SHA256]), { code: 0, out: /Added/ })
  const { hospitals } = await json('hospitals')
  t.same(
    hospitals.map((one: { hospital: string }) => one.hospital),
    world.hospitals.map(({ keys }) => keys.operator),
  )
  t.match(await hygeia(['hospitals', 'forget', third.base]), { code: 0 })
  t.match(await hygeia(['hospitals', 'forget', third.base]), { code: 1, err: /not among the others/ })
  t.match(await hygeia(['hospitals', 'add', third.base, CA_FILE]), { code: 0 })
})

t.test('a grant names its hospitals, and any two of them are enough', async (t) => {
  const device = new TestDevice(world.consortium.realm, (world.now - 24 * HOUR_MS) as UnixMs)
  const paired = await hygeia(['patient', 'pair', '--yes', '--json'], (line) => {
    const { event, enrolment: text } = JSON.parse(line)
    if (event === 'enrolment') first.putOffer(mailboxOf(parseEnrolment(text)), device.offer(text))
  })
  t.equal(paired.code, 0, paired.err)
  device.labelKeys = first.labelKeysOf(device.signer.address)
  world.hold(device, (world.now - HOUR_MS) as UnixMs, 10)
  const granted = await hygeia(['patient', 'grant', account, '--yes'])
  const names = world.hospitals.map(({ keys }) => keys.operator)
  t.match(granted, { code: 0, out: new RegExp(`Any 2 of 3 hospitals open it: ${names.join(', ')}`) })

  const file = join(dir, 'day.csv')
  const open = () => hygeia(['physician', 'open', '--from', '-2h', '--format', 'csv', '-o', file])
  t.match(await open(), { code: 0, err: /2400 readings in 10 batches/ })
  const whole = await readFile(file, 'utf8')

  second.lies.cfrag = (cfrag) => cfrag.with(40, (cfrag[40] ?? 0) ^ 1)
  const lied = await open()
  t.match(lied, {
    code: 0,
    err: new RegExp(`${second.keys.operator} sent forged cfrags.*: tell the patient`),
  })
  t.equal(await readFile(file, 'utf8'), whole, 'the very same')
  delete second.lies.cfrag

  first.lies.reach = 'away'
  const away = await open()
  t.match(
    away,
    { code: 0, err: new RegExp(`${first.base} is away: going on through ${second.base}`) },
    away.err,
  )
  t.equal(await readFile(file, 'utf8'), whole, 'the very same')
  const audit = await hygeia(['patient', 'audit'])
  t.match(audit, { code: 0, err: new RegExp(`the log of ${first.keys.operator} is missing here`) }, audit.err)

  first.lies.reach = 'frozen'
  const began = performance.now()
  t.match(await open(), { code: 0, err: /is away: going on through/ })
  t.equal(await readFile(file, 'utf8'), whole, 'the very same')
  t.ok(performance.now() - began < 20_000, 'a frozen hospital holds it up for seconds, not minutes')

  first.lies.reach = 'away'
  third.lies.reach = 'away'
  const few = await open()
  t.match(few, { code: 1, err: /1 of the grant's 3 hospitals answered, 2 are needed: .*cannot be reached/ })
  delete first.lies.reach
  delete third.lies.reach
})

t.test('erasing says what it does not reach', async (t) => {
  const erased = await hygeia(['patient', 'erase', '--from', '-2h', '--to', 'now', '--yes'])
  t.match(erased, { code: 0, out: /deleted 10 batches/, err: /On the chain stay salted digests/ }, erased.err)
  third.lies.reach = 'away'
  const partly = await hygeia(['patient', 'erase', '--from', '-2h', '--to', 'now', '--yes'])
  t.match(partly, { code: 2, out: new RegExp(`${third.keys.operator}  NOT deleted`) }, partly.err)
  delete third.lies.reach
})
