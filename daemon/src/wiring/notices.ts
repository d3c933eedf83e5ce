import { join } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import { readKeyFile } from '@hygeia/runtime/key-file'
import type { PushPort } from '../api/ports.ts'
import type { Channel } from '../notices/channel.ts'
import type { Notice } from '../notices/notice.ts'
import { noticeCounter, Outbox } from '../notices/outbox.ts'
import { Subscriptions } from '../notices/subscriptions.ts'
import { DeviceWatch } from '../notices/watch.ts'
import { Webhook } from '../notices/webhook.ts'
import type { AccessParts } from './access.ts'
import { type Context, RESERVE_BYTES } from './context.ts'
import type { IngestParts } from './ingest.ts'

const LIMIT = 10_000
const GIVE_UP_MS = 86_400_000

/** Ways out for alerts and for silence. @returns where browsers subscribe, where that is configured */
export async function startNotices(
  context: Context,
  { directory, ingest, store }: IngestParts,
  { grants }: AccessParts,
): Promise<PushPort | undefined> {
  const { config, stack, clock, metrics } = context
  const { webhooks, push, windowSec } = config.notices
  const log = context.log.child({ part: 'notices' })
  const at = (name: string) => join(config.dataDir, 'notices', name)
  const outcomes = noticeCounter(metrics)
  const outboxes: Outbox[] = []
  const open = async (name: string, channel: Channel) => {
    const options = { path: at(name), reserveBytes: RESERVE_BYTES, limit: LIMIT, giveUpMs: GIVE_UP_MS }
    outboxes.push(await stack.add(new Outbox(options, { channel, clock, log, outcomes })))
  }
  for (const [index, { url, secretFile }] of webhooks.entries()) {
    await open(`webhook-${index}`, new Webhook({ url, secret: await readKeyFile(secretFile) }, { clock }))
  }
  let port: PushPort | undefined
  if (push !== undefined) {
    const { WebPush } = await import('../notices/push.ts')
    const { vapidKeys } = await import('../notices/vapid.ts')
    const vapid = await vapidKeys(config.keysDir)
    const subscriptions = await stack.add(
      new Subscriptions(
        { path: at('subscriptions'), reserveBytes: RESERVE_BYTES, hosts: push.hosts },
        { log },
      ),
    )
    /** The patient, and whoever may see something of the patient's now. */
    const readersOf = async (patient: Address) => {
      const known = await grants.of(patient)
      const active = known.filter(({ standing, grant }) => standing === 'active' && grant.patient === patient)
      return [...new Set([patient, ...active.map(({ grant }) => grant.physician)])]
    }
    await open('push', new WebPush({ vapid, contact: push.contact }, { subscriptions, readersOf, log }))
    port = {
      publicKey: vapid.publicKey,
      add: (subscription) => subscriptions.add(subscription),
      remove: (subscription) => subscriptions.remove(subscription),
    }
  }
  const watch = new DeviceWatch(
    { windowMs: windowSec * 1_000 },
    {
      devices: () => directory.bound(),
      patientOf: (device) => directory.device(device)?.patient,
      lastSeen: async (device) => (await store.devices.of(device))?.lastSeen,
      tell: async (notice: Notice) => {
        await Promise.all(outboxes.map((outbox) => outbox.add(notice)))
      },
      clock,
      log,
      metrics,
    },
  )
  await stack.add(watch)
  ingest.onNew((batch) => watch.took(batch))
  return port
}
