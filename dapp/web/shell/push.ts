import type { AccountDesk } from '../worker/account-desk.ts'
import type { Remote } from './room.ts'

const canPush = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

/** @returns undefined where there is no service worker, and so no one to be told */
async function manager(): Promise<PushManager | undefined> {
  if (!canPush()) return undefined
  return (await navigator.serviceWorker.getRegistration())?.pushManager
}

/** Whether this browser is told while the page is closed; undefined where it cannot be. */
export async function isTold(account: Remote<AccountDesk>): Promise<boolean | undefined> {
  const push = await manager()
  if (push === undefined || (await account.pushKey()) === undefined) return undefined
  return (await push.getSubscription()) !== null
}

/** @throws {DOMException} `NotAllowedError` when the person does not want notices */
export async function beTold(account: Remote<AccountDesk>): Promise<void> {
  const push = await manager()
  const key = await account.pushKey()
  if (push === undefined || key === undefined) return
  const { endpoint, keys } = (
    await push.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  ).toJSON()
  const { p256dh, auth } = keys ?? {}
  if (endpoint === undefined || p256dh === undefined || auth === undefined) return
  await account.putPush({ endpoint, keys: { p256dh, auth } })
}

export async function beToldNoMore(account: Remote<AccountDesk>): Promise<void> {
  const subscription = await (await manager())?.getSubscription()
  if (subscription == null) return
  await account.deletePush(subscription.endpoint)
  await subscription.unsubscribe()
}
