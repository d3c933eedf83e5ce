import { createHmac, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Patient } from '@hygeia/dapp/patient/patient'
import t from 'tap'
import { pinnedFetch } from '../../../dapp/bin/host/pinned-fetch.ts'
import type { HospitalProcess } from '../../support/hospital.ts'
import { PushBrowser } from '../../support/push-browser.ts'
import { RawDevice } from '../../support/raw-device.ts'
import { Receiver } from '../../support/receiver.ts'
import { openScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const WINDOW_SEC = 2

t.setTimeout(360_000)

t.test(
  'an alert, silence and its end are told by webhook and push, once each, and say nothing else',
  async (t) => {
    const hook = await Receiver.open(t)
    const service = await Receiver.open(t)
    const secret = randomBytes(32)
    const { hospital, patient } = await openScene(t, async (dir) => {
      const secretFile = join(dir, 'webhook.key')
      await writeFile(secretFile, `${secret.toString('hex')}\n`, { mode: 0o600 })
      const file = join(dir, 'daemon.json')
      const notices = {
        windowSec: WINDOW_SEC,
        webhooks: [{ url: `${hook.url}/hygeia`, secretFile }],
        push: { contact: 'mailto:operator@hospital.example', hosts: ['127.0.0.1'] },
      }
      await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), notices }))
    })
    const browser = new PushBrowser()
    t.equal(await subscribe(hospital, patient, browser.subscription(`${service.url}/one`)), 204)
    t.equal(await subscribe(hospital, patient, browser.subscription('https://elsewhere.example/')), 403)

    const device = await RawDevice.bind(patient, hospital, 'mqtt')
    device.connect()
    const send = async (priority: 'vitals' | 'alert') => {
      const batch = device.seal(priority)
      await until('a batch is taken', () => device.deliver(batch))
    }
    const told = () => hook.received.map(({ body }) => JSON.parse(body.toString()))
    await send('vitals')
    hook.status = 503
    await send('alert')
    await until('the receiver was asked twice', async () => hook.refused.length >= 2)
    t.same(new Set(hook.refused.map(({ headers }) => headers['webhook-id'])).size, 1, 'it is the same notice')

    await hospital.kill()
    hook.status = 204
    await hospital.start()
    await until('it is told after all, by the next process', async () => hook.received.length > 0)
    t.match(told(), [{ kind: 'alert', priority: 'high', pseudonym: patient.identity.signer.address }])
    t.same(Object.keys(told()[0]).sort(), ['kind', 'priority', 'pseudonym', 'time'], 'and nothing else')

    await send('vitals')
    await until(
      'three windows without anything are silence',
      async () => told().at(-1)?.kind === 'silent',
      30_000,
    )
    await send('vitals')
    await until('which ends', async () => told().at(-1)?.kind === 'back')
    t.same(
      told().map(({ kind }) => kind),
      ['alert', 'silent', 'back'],
      'each is told once',
    )
    for (const { headers, body } of hook.received) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      t.equal(
        headers['webhook-signature'],
        `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
      )
      t.ok(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000) < 120)
    }

    await until('the browser has them, too', async () => service.received.length >= 3)
    const pushed = service.received.map(({ body }) => JSON.parse(browser.open(body)))
    t.same(
      pushed.map(({ kind }) => kind),
      ['alert', 'silent', 'back'],
    )
    t.same(
      service.received.map(({ headers }) => headers.urgency),
      ['high', 'normal', 'normal'],
    )
    t.match(service.received[0]?.headers.authorization, /^vapid t=.+, k=.+/)

    service.status = 410
    await send('alert')
    await until('a browser that is gone is told once more', async () => service.refused.length === 1)
    await send('alert')
    await until('the webhook has both', async () => told().length === 5)
    t.equal(service.refused.length, 1, 'and never again')
    await device.finish()
  },
)

async function subscribe(
  hospital: HospitalProcess,
  { account }: Patient,
  subscription: object,
): Promise<number> {
  const fetch = pinnedFetch(await hospital.ca())
  return await account.session.with(async (token) => {
    const { status } = await fetch(`${hospital.endpoints.api}/v1/push/subscription`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(subscription),
    })
    return status
  })
}
