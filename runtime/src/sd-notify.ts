import { writeSync } from 'node:fs'

/**
 * Tell systemd how this service is. Does nothing outside of systemd.
 *
 * Node has no datagram unix sockets: a small exec wrapper connects the notify socket and hands it on as the
 * descriptor that `NOTIFY_FD` names.
 *
 * @param state - lines such as `READY=1`, `WATCHDOG=1`, `STOPPING=1`, `STATUS=…`
 * @see sd_notify(3)
 */
export function sdNotify(state: string, env: { readonly NOTIFY_FD?: string | undefined }): void {
  if (env.NOTIFY_FD === undefined) return
  writeSync(Number(env.NOTIFY_FD), state)
}
