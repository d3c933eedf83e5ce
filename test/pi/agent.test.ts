import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { arrivedUntil } from '../support/arrivals.ts'
import { openReadings } from '../support/opened.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { BedsidePi } from './support/bedside-pi.ts'
import { BUTTON_LINE, CountedChips, countReadings, MFIO_LINE, RESET_LINE } from './support/counted-chips.ts'
import { SHELL } from './support/shell.ts'
import { TapNetwork } from './support/tap-network.ts'
import { TestPi } from './support/test-pi.ts'

t.setTimeout(600_000)

/** So much of the thermometer is there before the network. */
const ALONE_SECONDS = 20
const EXPOSURE_LIMIT = 1.5
const MEMORY_LIMIT_MB = 190
const UNAUTHORIZED = 401

t.test('a bedside measures before there is a network, and all of it arrives', async (t) => {
  const network = await TapNetwork.make()
  t.teardown(() => network.close())
  const scene = await openScene(t, undefined, network.address)
  const { patient, physician } = scene
  const chips = new CountedChips()
  const pi = await TestPi.make({
    bus: chips.bus,
    gpio: chips.gpio,
    outputs: [MFIO_LINE, RESET_LINE],
    program: SHELL,
    network,
  })
  t.teardown(() => pi.close())

  await pi.powerOn()
  const bedside = await BedsidePi.install(pi, {
    sensors: CountedChips.sensors(200),
    sampling: { synchronisation: 'assume' },
    batch: { windowMs: { vitals: 5_000 } },
    uplink: { kind: 'coap', retryLimitMs: 1_000 },
  })
  t.comment(`the agent is that of ${bedside.source}`)
  await bedside.pair(patient)
  await bedside.setPassword('wandering lantern')
  await bedside.shell.run('systemctl enable hygeia-agent && sync')
  await pi.powerCut()

  const from = Date.now() as UnixMs
  const began = performance.now()
  const before = chips.handedOut.length
  await pi.powerOn({ hasNetwork: false })
  await bedside.shell.ready()
  const lonely = await bedside.until('both chips are read, and sealed batches wait', (status) => {
    const { pulse = 0, 'skin-temperature': skin = 0 } = status.sampling?.samples ?? {}
    const waiting = status.delivery?.spool.batches ?? 0
    return skin >= ALONE_SECONDS && pulse >= ALONE_SECONDS && waiting > 0
  })
  t.comment(`it measured for ${ALONE_SECONDS} s ${Math.round(performance.now() - began)} ms after power came`)
  const readAt = chips.handedOut[before]?.atUnixMs ?? Number.NaN
  t.comment(`a chip was read ${readAt - from} ms after power came`)
  t.match(lonely.delivery, { uplink: { isUp: false }, receipts: { count: 0 } })
  t.match(await bedside.shell.run('ip -4 -brief addr show dev vec0'), /^(?!.*10\.99)/s, 'it has no address')

  chips.gpio.drive(BUTTON_LINE, 0)
  await bedside.until('the button was pressed', ({ sampling }) => sampling?.samples['patient-event'] === 1)
  chips.gpio.drive(BUTTON_LINE, 1)

  await bedside.shell.run(`ip addr add ${network.guestAddress} dev vec0 && ip link set vec0 up`)
  const reachedAt = Date.now() as UnixMs
  await arrivedUntil(patient, bedside, { from: reachedAt, to: (reachedAt + 10 * MINUTE_MS) as UnixMs })
  const status = await bedside.status()
  t.match(status, {
    state: 'running',
    sampling: { samples: { 'patient-event': 1 } },
    delivery: { uplink: { isUp: true, kind: 'coap' }, receipts: { forged: 0 }, spool: { dead: 0 } },
  })
  t.ok(
    (status?.delivery?.receipts.count ?? 0) >= (lonely.delivery?.spool.batches ?? 0),
    'receipts were verified',
  )
  t.equal(await bedside.property('ActiveState'), 'active')
  t.equal(await bedside.property('NRestarts'), '0')
  const exposure = await bedside.exposure()
  t.ok(exposure <= EXPOSURE_LIMIT, `systemd finds the unit exposed ${exposure}`)
  t.comment(`exposed ${exposure} of at most ${EXPOSURE_LIMIT}`)
  await until('the editor is there', async () => (await bedside.editorAnswers('/')) === 200)
  t.equal(await bedside.editorAnswers('/flows'), UNAUTHORIZED, 'and asks for its password')
  const memory = await bedside.residentMb()
  t.comment(`resident with the editor: ${memory.toFixed(0)} of at most ${MEMORY_LIMIT_MB} MB`)
  if (bedside.source === 'the package') t.ok(memory <= MEMORY_LIMIT_MB, 'it leaves room for others on a Pi')

  const span = { from: (from - MINUTE_MS) as UnixMs, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await openReadings(physician, await grantSpan(scene, span), span)
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'nothing came twice')
  const due = chips.handedOut.filter(({ atUnixMs }) => atUnixMs < reachedAt)
  const count = countReadings(chips.handedOut, opened, bedside.address)
  t.same(count.invented, [], 'nothing came that no chip has said')
  const lost = count.lost.filter((one) => due.includes(one))
  t.same(lost, [], `all ${due.length} values that the chips handed out came to the physician`)
  const presses = [...opened.values.keys()].filter((name) => name.includes(' patient-event '))
  t.equal(presses.length, 1, 'and so did the press of the button')
})
