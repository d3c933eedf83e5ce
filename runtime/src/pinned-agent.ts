import { Agent } from 'node:https'

/** A connection is let go of after that at the latest, and a second before the server says that it will be closed. */
const IDLE_MS = 60_000

/**
 * Kept connections to one server that is believed under one certificate authority and no other.
 *
 * A request on a connection that the server closes at that moment fails (RFC 9112 §9.5). Node heeds the server's
 * `Keep-Alive: timeout` only below an idle time of the agent's own; requests under way are not ended by it.
 *
 * @param ca - PEM @param connections - most at a time
 */
export function pinnedAgent(ca: string, connections = Number.POSITIVE_INFINITY): Agent {
  return new Agent({ ca, keepAlive: true, maxSockets: connections, timeout: IDLE_MS })
}
