import t from 'tap'
import { commitmentOf, KFRAG_BYTES, packKfrags, unpackKfrags } from '../../../src/grant/parcel.ts'
import { parseAddress } from '../../../src/ids.ts'
import { publicKey, randomSecretKey } from '../../../src/umbral/keys.ts'

const secret = randomSecretKey()
const kfrags = [1, 2, 3].map((fill) => new Uint8Array(KFRAG_BYTES).fill(fill))
const proxy = {
  hospital: parseAddress(`0x${'01'.repeat(20)}`),
  proxyKey: publicKey(secret),
  commitment: commitmentOf(kfrags),
}

t.test('a proxy finds its own kfrags in its parcel', async (t) => {
  const parcel = packKfrags(proxy.proxyKey, kfrags)
  t.same(unpackKfrags(secret, parcel, proxy, 3), kfrags)
  t.throws(
    () => unpackKfrags(randomSecretKey(), parcel, proxy, 3),
    { code: 'UMBRAL_NOT_OPENED' },
    'not another',
  )
})

t.test('a parcel that does not hold what the grant commits to is refused', async (t) => {
  const wrong: Record<string, readonly Uint8Array[]> = {
    'one too few': kfrags.slice(1),
    'another order': [...kfrags].reverse(),
    'another fragment': [...kfrags.slice(1), new Uint8Array(KFRAG_BYTES)],
  }
  for (const [name, given] of Object.entries(wrong)) {
    const parcel = packKfrags(proxy.proxyKey, given)
    t.throws(() => unpackKfrags(secret, parcel, proxy, 3), { code: 'MALFORMED' }, name)
  }
})
