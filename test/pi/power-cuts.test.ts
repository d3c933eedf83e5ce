import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { arrivedUntil, listBatches } from '../support/arrivals.ts'
import { openReadings } from '../support/opened.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { StallWatch } from '../support/stall-watch.ts'
import { until } from '../support/until.ts'
import { BedsidePi } from './support/bedside-pi.ts'
import {
  CountedChips,
  countReadings,
  type HandedOut,
  MFIO_LINE,
  RESET_LINE,
} from './support/counted-chips.ts'
import { spooledOnDisk } from './support/disk.ts'
import { SHELL } from './support/shell.ts'
import { TapNetwork } from './support/tap-network.ts'
import { TestPi } from './support/test-pi.ts'

const CUTS = Number(process.env.HYGEIA_CUTS ?? 15)
/** The open windows go to the disk this often. */
const JOURNAL_MS = 1_000
/** What a cut may cost. */
const LOSS_MS = 2 * JOURNAL_MS
/** Longest from the first reading after a start to the cut: some lives have to be longer than what a cut may cost. */
const LIFE_MS = 3 * LOSS_MS
/** One cut in so many comes while the machine starts. */
const UNBORN = 5
const START_MS = 5_000
/** One life in so many has no network, so that batches wait on the disk, which is looked at after the cut. */
const ALONE = 3
/** Files that come and go beside the agent's, each synced. */
const LOAD = `[Service]
ExecStart=/bin/sh -c 'while :; do dd if=/dev/urandom of=/var/tmp/load bs=64k count=16 conv=fsync 2> /dev/null; done'
[Install]
WantedBy=multi-user.target
`

/** What the chips handed out from a start to a cut, and what the cut may have cost. */
interface Life {
  readonly readings: readonly HandedOut[]
  readonly cutAt: number
  readonly lossMs: number
}

t.setTimeout((CUTS + 10) * MINUTE_MS)

t.test('a power cut costs two seconds of samples at most, and nothing that was durable', async (t) => {
  const network = await TapNetwork.make()
  t.teardown(() => network.close())
  const scene = await openScene(t, undefined, network.address)
  const { patient, physician } = scene
  const chips = new CountedChips()
  const { bus, gpio } = chips
  const pi = await TestPi.make({ bus, gpio, outputs: [MFIO_LINE, RESET_LINE], program: SHELL, network })
  t.teardown(() => pi.close())

  const from = Date.now() as UnixMs
  await pi.powerOn()
  const bedside = await BedsidePi.install(pi, {
    sensors: CountedChips.sensors(200),
    sampling: { synchronisation: 'assume' },
    batch: { windowMs: { vitals: 3_000 }, journalMs: JOURNAL_MS },
    uplink: { kind: 'mqtt', retryLimitMs: 1_000, answerMs: 3_000, stallMs: 5_000 },
  })
  await bedside.pair(patient)
  await bedside.shell.write('/etc/systemd/system/load.service', LOAD)
  await bedside.shell.run('systemctl daemon-reload && systemctl enable load hygeia-agent && sync')
  await pi.powerCut()

  const stalls = await StallWatch.start(scene.dir)
  t.teardown(() => stalls.stop())
  const lives: Life[] = []
  const spooled = new Set<string>()
  for (let cut = 0; cut < CUTS; cut++) {
    const handedOut = chips.handedOut.length
    const isUnborn = cut % UNBORN === UNBORN - 1
    const isAlone = !isUnborn && cut % ALONE === 0
    const starting = pi.powerOn({ hasNetwork: !isAlone })
    if (isUnborn) {
      // Its end is the cut.
      starting.catch(() => {})
      await delay(randomInt(START_MS))
    } else {
      await starting
      const isRead = async () => chips.handedOut.slice(handedOut).some(({ channel }) => channel === 'pulse')
      await until('the chips are read', isRead, 2 * MINUTE_MS).catch(async (cause: unknown) => {
        t.comment(await bedside.journal())
        throw cause
      })
      await delay(randomInt(LIFE_MS) + (isAlone ? LIFE_MS : 0))
    }
    const cutAt = Date.now()
    await pi.powerCut()
    const readings = chips.handedOut.slice(handedOut)
    if (readings.length > 0) lives.push({ readings, cutAt, lossMs: LOSS_MS + stalls.takeWorst() })
    if (isAlone) for (const cid of await spooledOnDisk(pi.disk)) spooled.add(cid)
    t.comment(
      `cut ${cut + 1} of ${CUTS}: ${isUnborn ? 'while it started' : `after ${readings.length} values`}${isAlone ? ', without a network' : ''}`,
    )
  }

  await pi.powerOn()
  await bedside.shell.ready()
  const reachedAt = Date.now() as UnixMs
  await arrivedUntil(patient, bedside, { from: reachedAt, to: (reachedAt + 10 * MINUTE_MS) as UnixMs })
  const status = await bedside.status()
  await pi.powerCut()

  const span = { from: (from - MINUTE_MS) as UnixMs, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await openReadings(physician, await grantSpan(scene, span), span)
  const { anchored } = await listBatches(patient, span)
  const count = countReadings(chips.handedOut, opened, bedside.address)
  const lost = new Set(count.lost)
  const late = lives.flatMap(({ readings, cutAt, lossMs }) =>
    readings.filter((one) => lost.has(one) && cutAt - one.atUnixMs > lossMs),
  )
  t.ok(count.arrived > CUTS, `${count.arrived} of the values that the chips handed out came to the physician`)
  t.same(late, [], 'what is lost is of the last two seconds before a cut')
  t.same(count.invented, [], 'nothing came that no chip has said')
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'no reading came twice')
  t.equal(new Set(opened.sequences).size, opened.sequences.length, 'nor any sequence')
  t.equal(
    new Set(opened.sequences.map((one) => one.split(' ')[1])).size,
    1,
    'the spool never took itself for a copy',
  )
  t.same(
    [...opened.named].filter((cid) => !opened.cids.has(cid)),
    [],
    'the chain of batches has no hole',
  )
  t.ok(spooled.size > 0, `${spooled.size} sealed batches were on the disk after a cut`)
  t.same(
    [...spooled].filter((cid) => !anchored.has(cid)),
    [],
    'each of them arrived',
  )
  t.match(status?.delivery, {
    receipts: { forged: 0 },
    spool: { dead: 0 },
    pipeline: { journalUnreadable: 0 },
  })
  const share = lives.flatMap(({ readings }) => readings.filter((one) => lost.has(one))).length / lives.length
  t.comment(`${CUTS} cuts, ${lives.length} of them of a life; ${share.toFixed(1)} values lost a life`)
})
