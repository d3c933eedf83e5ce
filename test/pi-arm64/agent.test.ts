import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { BedsidePi, builtPackage } from '../pi/support/bedside-pi.ts'
import { NtpServer, timesyncdOf } from '../pi/support/ntp-server.ts'
import { Shell } from '../pi/support/shell.ts'
import { TapNetwork } from '../pi/support/tap-network.ts'
import { arrivedUntil } from '../support/arrivals.ts'
import { openReadings } from '../support/opened.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { INTERFACE, Raspi3b, TMP105 } from './support/raspi3b.ts'

const LIMIT_MS = 10 * MINUTE_MS
/** Of the machine that is emulated, on two cores that nobody else uses; on shared ones it takes two to three times as long. */
const FIRST_SAMPLE_LIMIT_SEC = 25
const RESIDENT_LIMIT_MB = 130
/** Below zero, the smallest step either side of it, and what only 12 bits can hold. */
const BEFORE_NETWORK = [-10.5, -0.0625, 0.0625, 36.5625] as const
const WITH_NETWORK = 21.0625
/** So many readings are taken of each temperature. */
const READINGS = 3
/** systemd-timesyncd.service(8), "Files". */
const TIME_IS_SET = '/run/systemd/timesync/synchronized'
const CHANNEL = 'room-temperature'
const MICROSECONDS_PER_SEC = 1_000_000

t.setTimeout(2 * LIMIT_MS)

t.test("what QEMU sets its board's thermometer to arrives at the physician", async (t) => {
  const deb = await builtPackage('arm64')
  if (deb === undefined) throw new Error('there is no package for arm64: make deb ARCH=arm64')
  const network = await TapNetwork.make()
  t.teardown(() => network.close())
  const time = await NtpServer.start(network.address)
  t.teardown(() => time.stop())
  const scene = await openScene(t, undefined, network.address)
  const { patient, physician } = scene
  const pi = await Raspi3b.make({ deb, network })
  t.teardown(() => pi.close())
  const joinNetwork = async (shell: Shell) => {
    await pi.plugNetwork()
    await shell.run(`udevadm wait --timeout=120 /sys/class/net/${INTERFACE}`)
    await shell.run(`ip addr add ${network.guestAddress} dev ${INTERFACE} && ip link set ${INTERFACE} up`)
  }

  // As at a desk: with a network.
  await pi.powerOn(BEFORE_NETWORK[0])
  const shell = new Shell(pi, LIMIT_MS)
  await shell.ready()
  t.equal(await shell.run('uname -m'), 'aarch64', 'it runs the code of a Raspberry Pi')
  t.match(
    await shell.run('tr -d "\\0" < /proc/device-tree/model'),
    'Raspberry Pi 3 Model B',
    'and takes itself for one',
  )
  await shell.run('install -d /etc/systemd/timesyncd.conf.d')
  await shell.write('/etc/systemd/timesyncd.conf.d/outside.conf', timesyncdOf(network.address))
  await joinNetwork(shell)
  await shell.run('systemctl restart systemd-timesyncd')
  await shell.run(
    `for look in $(seq 600); do [ ! -e ${TIME_IS_SET} ] || exit 0; sleep 0.1; done; systemctl status systemd-timesyncd; exit 1`,
  )
  // What is unpacked looks like an installation that was cut, which is looked into at boot, and not by two at once.
  await shell.run('systemctl start hygeia-agent-repair')
  await shell.run('DEBIAN_FRONTEND=noninteractive dpkg --configure hygeia-agent')
  const bedside = await BedsidePi.setUp(
    shell,
    {
      sensors: [
        {
          name: 'thermometer',
          kind: 'lm75',
          address: `0x${TMP105.toString(16)}`,
          resolutionBits: 12,
          channels: [{ channel: CHANNEL, from: 'temperature' }],
        },
      ],
      batch: { windowMs: { environment: 5_000 } },
      uplink: { kind: 'coap', retryLimitMs: 1_000 },
      editor: { headless: true },
    },
    true,
  )
  await bedside.pair(patient)
  await shell.run('systemctl enable hygeia-agent && sync')
  await pi.powerCut()

  // As at a bed: it comes up by itself, knows not what time it is, and there is no network yet.
  const from = Date.now() as UnixMs
  await pi.powerOn(BEFORE_NETWORK[0])
  await shell.ready()
  const taken = ({ samples = {} }: { readonly samples?: Readonly<Record<string, number>> } = {}) =>
    samples[CHANNEL] ?? 0
  const measure = async (celsius: number) => {
    await pi.setTemperature(celsius)
    const before = taken((await bedside.status())?.sampling)
    return await bedside.until(
      `${celsius} °C was read ${READINGS} times`,
      ({ sampling, delivery }) => taken(sampling) >= before + READINGS && delivery !== undefined,
    )
  }
  for (const celsius of BEFORE_NETWORK) {
    const { sampling, delivery } = await measure(celsius)
    t.match(sampling, { isSynchronised: false }, `${celsius} °C is read before the time is known`)
    t.match(delivery, { uplink: { isUp: false } }, 'and before there is a network')
  }
  const tookSec = await startSec(bedside)
  t.ok(tookSec <= FIRST_SAMPLE_LIMIT_SEC, `samples move ${tookSec.toFixed(1)} s after the unit is started`)

  await joinNetwork(shell)
  await bedside.until('a time server told it the time', ({ sampling }) => sampling?.isSynchronised === true)
  await measure(WITH_NETWORK)
  const reachedAt = Date.now() as UnixMs
  await arrivedUntil(
    patient,
    bedside,
    { from: reachedAt, to: (reachedAt + 10 * MINUTE_MS) as UnixMs },
    LIMIT_MS,
  )
  const residentMb = await bedside.residentMb()
  t.ok(residentMb <= RESIDENT_LIMIT_MB, `${residentMb.toFixed(0)} MB are resident, with no editor`)
  t.match(
    await bedside.status(),
    {
      state: 'running',
      delivery: { uplink: { isUp: true, kind: 'coap' }, receipts: { forged: 0 }, spool: { dead: 0 } },
    },
    'all was sent, and receipted',
  )
  t.equal(await bedside.property('NRestarts'), '0', 'it never had to be started again')

  const span = { from: (from - MINUTE_MS) as UnixMs, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await openReadings(physician, await grantSpan(scene, span, ['environment']), span)
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'nothing came twice')
  const readings = [...opened.values]
    .map(([name, value]) => ({ name, value, at: Number(name.split(' ')[2]) }))
    .filter(({ name }) => name.startsWith(`${bedside.address} ${CHANNEL} `))
    .sort((a, b) => a.at - b.at)
  const early = readings.filter(({ at }) => at < from)
  t.same(early, [], 'no reading has another date than the day it was taken')
  const inTurn = readings.map(({ value }) => value).filter((value, index, all) => value !== all[index - 1])
  t.same(
    inTurn,
    [...BEFORE_NETWORK, WITH_NETWORK],
    'the physician has each temperature, in turn, and no other',
  )
  t.comment(
    `unit start to first sample ${tookSec.toFixed(1)} s; ${residentMb.toFixed(0)} MB resident, headless; ${readings.length} readings`,
  )
})

/** From when systemd began to start the unit to when it was told that samples move. */
async function startSec(bedside: BedsidePi): Promise<number> {
  const began = Number(await bedside.property('InactiveExitTimestampMonotonic'))
  const moved = Number(await bedside.property('ActiveEnterTimestampMonotonic'))
  return (moved - began) / MICROSECONDS_PER_SEC
}
