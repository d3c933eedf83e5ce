import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { SENSORS, TestAgent, testFolder } from '../support/bedside.ts'
import { makeCertificates } from '../support/certificates.ts'
import { Nonces, openApi, openBroker } from '../support/doors.ts'
import { TestHospital } from '../support/hospital.ts'
import { Patient } from '../support/patient.ts'

/** Vital signs of ten minutes, row by row. */
function recording(minutes: number): string {
  const rows = Array.from(
    { length: minutes },
    (_, minute) => `${minute},${70 + minute},${minute === 4 ? '' : 95}`,
  )
  return ['minute,heart_rate_bpm,spo2_percent', ...rows].join('\n')
}

t.test('a recording goes from the chips to receipts over MQTT, and the agent leaves', async (t) => {
  const folder = await testFolder(t)
  const tls = await makeCertificates()
  const patient = new Patient()
  const hospital = new TestHospital()
  t.teardown(() => hospital.close())
  const nonces = new Nonces()
  const api = await openApi(tls, { nonces, mailboxes: new Map(), realm: {} })
  t.teardown(() => api.close())
  const broker = await openBroker(tls, hospital, nonces)
  t.teardown(() => broker.close())
  const file = join(folder, 'recording.csv')
  await writeFile(file, recording(10))
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: {
      hospital: hospital.operator,
      receiptKey: hospital.receiptSigner.address,
      api: api.url,
      ca: tls.ca,
      mqtt: broker.url,
      coap: undefined,
      periodSec: 1,
    },
    config: {
      sensors: SENSORS,
      simulation: {
        source: { kind: 'recording', file },
        feeds: { bell: { presses: [90_500] } },
        time: { startUnixMs: Date.UTC(2025, 2, 31, 23, 55), speed: 200 },
      },
      status: { everyMs: 200 },
    },
  })
  agent.start()
  t.teardown(() => agent.stop('SIGKILL'))
  t.equal(await agent.ended(), 0, agent.output)
  console.error(agent.output, JSON.stringify(await agent.status(), undefined, 1))
  t.ok(hospital.delivered.size >= 11)
  const opened = hospital.batches.map(({ batch }) => ({ batch, content: patient.open(batch) }))
  console.error(
    opened.map(({ batch, content }) => [
      batch.label,
      batch.sequence,
      new Date(batch.from).toISOString(),
      batch.isDated,
      content.columns.map((c) => [c.channel, c.samples.length]),
    ]),
  )
})
