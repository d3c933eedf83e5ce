import { wrap } from '@hygeia/protocol/umbral/encrypt'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'

const ENCRYPTIONS = 200

/** Processor time of one Umbral encryption of a data key on this machine, ms: the yardstick for other work. */
export function encryptionMs(): number {
  const key = publicKey(randomSecretKey())
  const secret = new Uint8Array(32)
  return (
    cpuMs(() => {
      for (let count = 0; count < ENCRYPTIONS; count++) wrap(key, secret)
    }) / ENCRYPTIONS
  )
}

/** Processor time of `work` in this process, ms. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
