// node dapp/test/vectors/freeze.ts: makes the proof in offline-proof.json when it is not there.
// Keys and salts of the batch come out differently each time: it is made once and can only be verified.
import { access, writeFile } from 'node:fs/promises'
import { toHex } from '@hygeia/protocol/ids'
import { accountOf } from '../../../protocol/test/support/sealed-chain.ts'
import { prove } from '../../src/prove/prove.ts'
import { verifyOffline } from '../../src/verify/offline/verify.ts'
import { SealedWorld, SIGNERS } from '../support/sealed-world.ts'

const path = new URL('offline-proof.json', import.meta.url)
const isThere = await access(path).then(
  () => true,
  () => false,
)
if (!isThere) {
  const sealed = await SealedWorld.start({ epoch: 4 })
  const { realm } = sealed.world.consortium
  const chain = sealed.chain(sealed.lastState + 4)
  const records = [sealed.batch(chain)]
  const bytes = await prove(sealed.node(chain), { realm, records, epoch: sealed.epoch })
  const pins = { ...realm, signers: SIGNERS.map(accountOf) }
  const verdicts = (await verifyOffline(bytes, pins)).map(({ subject, outcome }) => ({ subject, outcome }))
  await writeFile(path, `${JSON.stringify({ pins, verdicts, bytes: toHex(bytes) }, undefined, 2)}\n`)
  await sealed.stop()
}
