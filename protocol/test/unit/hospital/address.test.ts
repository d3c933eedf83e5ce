import t from 'tap'
import { hospitalAddressSigner, type SignedHospitalAddress } from '../../../src/hospital/address.ts'
import { fromHex } from '../../../src/ids.ts'
import { recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

t.test('a hospital signs where it is reached, and nothing of that can be changed', async (t) => {
  const { document, signature } = documents['hospital address']
  const address = { ...document, signature: fromHex(signature) } as unknown as SignedHospitalAddress
  const signer = (changed: object, of = realm) =>
    hospitalAddressSigner(of, { ...address, ...changed }, recoverAddress)
  t.equal(signer({}), address.hospital)
  t.not(signer({ api: 'https://elsewhere.example' }), address.hospital, 'not another address')
  t.not(signer({ caHash: `0x${'12'.repeat(32)}` }), address.hospital, 'not another authority')
  t.not(signer({ issued: address.issued + 1 }), address.hospital, 'not later')
  t.not(signer({}, { ...realm, chainId: 1 }), address.hospital, 'not on another chain')
})
