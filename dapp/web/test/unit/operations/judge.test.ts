import type { DeviceView, IngestView, IpfsView, ValidatorView } from '@hygeia/dapp/staff/answers'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { DAY_MS, HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { byWeight, type Tone, worst } from '../../../operations/finding.ts'
import {
  judgeCertificates,
  judgeDevices,
  judgeHospitals,
  judgeIngest,
  judgeIpfs,
  judgeValidator,
} from '../../../operations/judge.ts'

const NOW = Date.UTC(2026, 5) as UnixMs
const ago = (ms: number) => (NOW - ms) as UnixMs
const account = (digit: string) => `0x${digit.repeat(40)}` as Address

const validator: ValidatorView = {
  engine: 'geth',
  chainId: 1,
  periodSec: 5,
  head: 1_000,
  final: 998,
  headAgeMs: 2_000,
  isStalled: false,
  validators: [{ address: account('1') }, { address: account('2') }, { address: account('3') }],
  blocks: 64,
  proposals: [],
}
const ipfs: IpfsView = {
  node: 'kubo',
  batches: { taken: 10, anchored: 9, waiting: 1 },
  replicas: 5,
  objects: 15,
  lagBlocks: 0,
  wanted: 0,
  underReplicated: 0,
  faulty: [],
  disk: { freeBytes: 100e9, isUp: true, isRefusing: false },
}
const ingest: IngestView = {
  perMinute: 4,
  history: [],
  outcomes: [],
  refusals: [],
  incidents: [],
  quarantined: 0,
  forkedDevices: [],
}
const device: DeviceView = {
  device: '0123456789abcdef',
  lastSeen: ago(MINUTE_MS),
  spoolHours: 400,
  version: '1.0.0',
  sensors: 2,
  sensorsAway: 0,
  labelKeyDays: 700,
}
const incident = (reason: string, lastMs: number, count: number) => ({
  door: 'mqtt',
  reason,
  device: null,
  hospital: null,
  first: ago(lastMs),
  last: ago(lastMs),
  count,
})

t.test('a chain that stands still is worse than anything else about it', async (t) => {
  t.match(judgeValidator(validator), { tone: 'good', what: 'sealing', count: 3 })
  t.match(judgeValidator({ ...validator, isStalled: true }), { tone: 'bad', what: 'stalled', count: 1_000 })
  const alone = { ...validator, validators: validator.validators.slice(0, 1) }
  t.match(judgeValidator(alone), { tone: 'good', what: 'single' })
})

t.test('of what is wrong with storage, what stops it comes first', async (t) => {
  const faulty = [{ hospital: account('4'), root: `0x${'ab'.repeat(32)}` as Hex32, fault: 'ROOT_DIFFERS' }]
  const judge = (changes: Partial<IpfsView>) => judgeIpfs({ ...ipfs, ...changes })
  t.match(judge({}), { tone: 'good', what: 'stored', count: 15 })
  t.match(judge({ underReplicated: 2 }), { tone: 'warn', what: 'under-replicated', count: 2 })
  t.match(judge({ lagBlocks: 10 }), { tone: 'good' }, 'what is fetched in a moment')
  t.match(judge({ lagBlocks: 11, underReplicated: 2 }), { tone: 'warn', what: 'lagging', count: 11 })
  t.match(judge({ disk: { ...ipfs.disk, freeBytes: 1e9 } }), { tone: 'warn', what: 'disk-low' })
  t.match(judge({ faulty, disk: { ...ipfs.disk, freeBytes: 1e9 } }), {
    tone: 'bad',
    what: 'faulty',
    count: 1,
  })
  t.match(judge({ faulty, disk: { ...ipfs.disk, isRefusing: true } }), { tone: 'bad', what: 'disk-full' })
  t.match(judge({ faulty, disk: { ...ipfs.disk, isUp: false } }), { tone: 'bad', what: 'disk-down' })
})

t.test('forks of the last day and many refusals of the last hour are looked at', async (t) => {
  const judge = (changes: Partial<IngestView>) => judgeIngest({ ...ingest, ...changes }, NOW)
  t.match(judge({}), { tone: 'good', what: 'arriving', count: 4 })
  t.match(judge({ perMinute: 0 }), { tone: 'unknown', what: 'quiet' })
  t.match(judge({ incidents: [incident('TLS', MINUTE_MS, 20)] }), { tone: 'good' })
  t.match(judge({ incidents: [incident('TLS', MINUTE_MS, 21)] }), { tone: 'warn', what: 'refusing' })
  t.match(judge({ incidents: [incident('TLS', HOUR_MS, 500)] }), { tone: 'good' }, 'long ago')
  t.match(judge({ incidents: [incident('FORKED', DAY_MS - 1, 1)] }), { tone: 'warn', what: 'forked' })
  t.match(judge({ incidents: [incident('FORKED', DAY_MS, 1)] }), { tone: 'good' })
})

t.test('a device that fills up comes before one that is away, and a sensor after both', async (t) => {
  const judge = (...changes: Partial<DeviceView>[]) =>
    judgeDevices(
      changes.map((change) => ({ ...device, ...change })),
      NOW,
    )
  t.match(judge(), { tone: 'unknown', what: 'no-devices' })
  t.match(judge({}, {}), { tone: 'good', what: 'devices-well', count: 2 })
  t.match(judge({}, { lastSeen: ago(11 * MINUTE_MS) }), { tone: 'warn', what: 'devices-away', count: 1 })
  t.match(judge({ lastSeen: null }), { tone: 'warn', what: 'devices-away' }, 'never heard of')
  t.match(judge({ sensorsAway: 2 }, { sensorsAway: 1 }), { tone: 'warn', what: 'sensors-away', count: 3 })
  t.match(judge({ labelKeyDays: 59 }), { tone: 'warn', what: 'keys-end-soon' })
  t.match(judge({ spoolHours: 11, lastSeen: null }), { tone: 'bad', what: 'spool-full-soon', count: 1 })
  const untold = { spoolHours: null, sensors: null, sensorsAway: null, labelKeyDays: null, version: null }
  t.match(judge(untold), { tone: 'good' }, 'one that has not said how it is')
})

t.test('a suspended hospital knows it, and others that do not answer are counted', async (t) => {
  const own = { operator: account('5'), status: 'active', api: null, isOwn: true, isAnswering: true } as const
  const other = { ...own, operator: account('6'), isOwn: false }
  t.match(judgeHospitals([own]), { tone: 'good', what: 'alone' })
  t.match(judgeHospitals([own, other]), { tone: 'good', what: 'hospitals-well', count: 2 })
  t.match(judgeHospitals([own, { ...other, isAnswering: false }]), { tone: 'warn', what: 'hospitals-away' })
  const gone = { ...other, isAnswering: false, status: 'suspended' as const }
  t.match(judgeHospitals([own, gone]), { tone: 'good' }, 'of a suspended one nothing is expected')
  t.match(judgeHospitals([{ ...own, status: 'suspended' }]), { tone: 'bad', what: 'suspended-here' })
})

t.test('the certificate that ends first counts', async (t) => {
  const judge = (...days: number[]) =>
    judgeCertificates(days.map((left) => ({ role: 'devices', names: [], notAfter: NOW, days: left })))
  t.match(judge(30, 400), { tone: 'good', what: 'certificates-well', count: 30 })
  t.match(judge(400, 29), { tone: 'warn', what: 'certificate-ends', count: 29 })
  t.match(judge(0), { tone: 'warn' }, 'its last day')
  t.match(judge(-1, 400), { tone: 'bad', what: 'certificate-ended' })
})

t.test('of several the worst is shown', async (t) => {
  const of = (...tones: Tone[]) => worst(tones)
  t.equal(of(), 'unknown')
  t.equal(of('unknown', 'good'), 'good')
  t.equal(of('good', 'bad', 'warn'), 'bad')
  t.same((['unknown', 'good', 'bad', 'warn'] as Tone[]).sort(byWeight), ['bad', 'warn', 'good', 'unknown'])
})
