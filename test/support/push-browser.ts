import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

/** What a browser has that subscribed to Web Push. @see RFC 8291 */
export class PushBrowser {
  readonly #ecdh = createECDH('prime256v1')
  readonly #publicKey = this.#ecdh.generateKeys()
  readonly #auth = randomBytes(16)

  /** What it tells a hospital. */
  subscription(endpoint: string) {
    const keys = { p256dh: this.#publicKey.toString('base64url'), auth: this.#auth.toString('base64url') }
    return { endpoint, keys }
  }

  /** Text of what a push service hands over. @see RFC 8188 §2.1, RFC 8291 §3.4 */
  open(body: Buffer): string {
    const salt = body.subarray(0, 16)
    const idLength = body.readUInt8(20)
    const sender = body.subarray(21, 21 + idLength)
    const sealed = body.subarray(21 + idLength)
    const shared = this.#ecdh.computeSecret(sender)
    const about = Buffer.concat([Buffer.from('WebPush: info\0'), this.#publicKey, sender])
    const secret = Buffer.from(hkdfSync('sha256', shared, this.#auth, about, 32))
    const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16))
    const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12))
    const decipher = createDecipheriv('aes-128-gcm', key, nonce)
    decipher.setAuthTag(sealed.subarray(-16))
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return padded.subarray(0, padded.lastIndexOf(2)).toString()
  }
}
