import { randomBytes } from 'node:crypto'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { know } from '@hygeia/dapp/hospital/known'
import type { Fetch } from '@hygeia/dapp/hospital/transport'
import { checkPhysician } from '@hygeia/dapp/patient/grant'
import { renewLabelKeys } from '@hygeia/dapp/patient/label-keys'
import { patientAt } from '@hygeia/dapp/patient/patient'
import { signPhysicianKey } from '@hygeia/protocol/grant/physician-key'
import { toHex } from '@hygeia/protocol/ids'
import { encodeLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { keySigner } from '@hygeia/protocol/signature'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import { RawDevice } from '../support/raw-device.ts'
import { type Attack, refusedAs } from './attack.ts'
import type { Stage } from './stage.ts'

const row = 'substituted label or physician key'
const attacker = keySigner(randomBytes(32))
const ownKey = publicKey(randomSecretKey())

/** A hospital that answers as it should, but for what `lie` makes of one path. */
async function lyingHospital(
  { hospital }: Stage,
  isAbout: (path: string) => boolean,
  lie: (body: Buffer) => Uint8Array<ArrayBuffer>,
): Promise<Fetch> {
  const fetch = pinnedFetch(await hospital.ca())
  return async (url, init) => {
    const answer = await fetch(url, init)
    if (!isAbout(new URL(url).pathname) || (init.method ?? 'GET') !== 'GET') return answer
    return new Response(lie(Buffer.from(await answer.arrayBuffer())), { status: answer.status })
  }
}

const bytes = (value: unknown) => Uint8Array.from(Buffer.from(JSON.stringify(value)))

const labelKeys: Attack = {
  row,
  does: 'label keys that the patient never signed, put to the hospital and shown by a hospital that lies',
  run: async (stage) => {
    const { patient, known, owner } = stage
    const device = await RawDevice.bind(patient, stage.hospital, 'mqtt')
    const { address } = device.signer
    const keys = [{ label: stage.label, publicKey: ownKey }]
    const unsigned = { patient: patient.identity.signer.address, device: address, serial: 99, keys }
    const forged = encodeLabelKeys(signLabelKeys(known.realm, unsigned, attacker))
    const put = await refusedAs(
      'put',
      patient.account.putLabelKeys(address, forged),
      'LABEL_KEYS_BAD_SIGNATURE',
    )
    const others = await refusedAs('put by another', owner.account.putLabelKeys(address, forged), 'NOT_YOURS')
    const { identity } = patient
    const older = signLabelKeys(known.realm, { ...unsigned, serial: 1 }, identity.signer)
    const stale = await refusedAs(
      'an older serial',
      patient.account.putLabelKeys(address, encodeLabelKeys(older)),
      'LABEL_KEYS_STALE',
    )
    const fetch = await lyingHospital(
      stage,
      (path) => path.endsWith('/label-keys'),
      () => Uint8Array.from(forged),
    )
    const lied = await know(new HospitalClient({ base: stage.hospital.endpoints.api, fetch }))
    const there = patientAt(identity, lied, patient.state)
    const shown = await refusedAs('shown', renewLabelKeys(there, [address]), 'LABEL_KEYS_FORGED')
    return `${put}, ${others}, ${stale}; the patient's client: ${shown}`
  },
}

const physicianKey: Attack = {
  row,
  does: "another Umbral key in a physician's name, put to the hospital and shown by a hospital that lies",
  run: async (stage) => {
    const { patient, physician, known } = stage
    const { address } = physician.identity.signer
    const forged = signPhysicianKey(known.realm, { physician: address, receivingKey: ownKey }, attacker)
    const put = await refusedAs(
      'put',
      known.client.putPhysicianKey(address, ownKey, forged.signature),
      'KEY_SIGNATURE',
    )
    const answer = { receivingKey: toHex(ownKey), signature: toHex(forged.signature) }
    const fetch = await lyingHospital(
      stage,
      (path) => path.endsWith('/key'),
      () => bytes(answer),
    )
    const lied = await know(new HospitalClient({ base: stage.hospital.endpoints.api, fetch }))
    const there = patientAt(patient.identity, lied, patient.state)
    const shown = await refusedAs('shown', checkPhysician(there, address), 'PHYSICIAN_KEY_SUBSTITUTED')
    return `${put}; the patient's client: ${shown}`
  },
}

const hospitalKeys: Attack = {
  row,
  does: "the hospital's own receipt or proxy key replaced in what it says of itself",
  run: async (stage) => {
    const codes: string[] = []
    const changes: readonly Readonly<Record<string, string>>[] = [
      { receiptKey: attacker.address },
      { proxyKey: toHex(ownKey) },
    ]
    for (const change of changes) {
      const fetch = await lyingHospital(
        stage,
        (path) => path === '/v1/realm',
        (body) => bytes({ ...JSON.parse(body.toString()), ...change }),
      )
      const client = new HospitalClient({ base: stage.hospital.endpoints.api, fetch })
      codes.push(
        `${Object.keys(change)[0]}: ${await refusedAs('the realm', know(client), 'KEY_SUBSTITUTED')}`,
      )
    }
    return codes.join(', ')
  },
}

export const substitutions: readonly Attack[] = [labelKeys, physicianKey, hospitalKeys]
