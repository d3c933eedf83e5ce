import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { HospitalApi } from '@hygeia/agent/hospital/api'
import { MqttUplink } from '@hygeia/agent/uplink/mqtt/mqtt-uplink'
import { makeCertificates } from '@hygeia/daemon/init/certificates'
import { readCertificates } from '@hygeia/daemon/init/tls-files'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { know } from '@hygeia/dapp/hospital/known'
import { awaitOffer, beginPairing } from '@hygeia/dapp/patient/pair'
import { encodeOffer, makeOffer } from '@hygeia/protocol/pairing/offer'
import { keySigner } from '@hygeia/protocol/signature'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import { until } from '../support/until.ts'
import { type Attack, held, refusedAs } from './attack.ts'
import type { Stage } from './stage.ts'

const row = 'man in the middle'

/** Somebody on the way who ends TLS with a certificate of their own, for the same host, and passes everything on. */
class Middle {
  /** Bytes in clear that came by. */
  heard = 0
  readonly #server: ReturnType<typeof createServer>

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
  }

  static async open(stage: Stage, url: string): Promise<Middle> {
    const dir = join(stage.dir, 'middle')
    await mkdir(dir, { recursive: true })
    await makeCertificates(dir, ['localhost', '127.0.0.1'])
    const { key, cert } = await readCertificates(dir)
    const server = createServer({ key, cert })
    const middle = new Middle(server)
    server.on('tlsClientError', () => {})
    server.on('secureConnection', (socket: TLSSocket) => {
      const onward = connect({
        host: '127.0.0.1',
        port: Number(new URL(url).port),
        rejectUnauthorized: false,
      })
      socket.on('data', (part: Buffer) => {
        middle.heard += part.length
        onward.write(part)
      })
      onward.pipe(socket)
      for (const end of [socket, onward]) {
        end.on('error', () => {})
        end.once('close', () => {
          socket.destroy()
          onward.destroy()
        })
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return middle
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.close()
  }
}

const agentToHospital: Attack = {
  row,
  does: 'TLS with another certificate, between agent and hospital (MQTT and HTTPS)',
  run: async (stage) => {
    const { mqtt, api } = stage.hospital.endpoints
    const faults: string[] = []
    const signer = keySigner(randomBytes(32))
    for (const door of ['HTTPS', 'MQTT'] as const) {
      const middle = await Middle.open(stage, door === 'MQTT' ? mqtt : api)
      const ca = await stage.hospital.ca()
      const at = (isHere: boolean, url: string) => (isHere ? url.replace(/\d+$/, String(middle.port)) : url)
      const ignoresDates = () => false
      const uplink = new MqttUplink(
        {
          url: at(door === 'MQTT', mqtt),
          ca,
          hospital: stage.known.hospital,
          stallMs: 5_000,
          backoff: { firstMs: 50, limitMs: 250 },
        },
        {
          signer,
          api: new HospitalApi({ api: at(door === 'HTTPS', api), ca }, { ignoresDates }),
          ignoresDates,
          clock: systemClock,
          log: createLog('agent', 'silent'),
        },
      )
      uplink.start({ onAnswers: () => {}, onLink: () => {} })
      const fault = await until('the agent turns away', async () => uplink.status().lastFault)
      const { isUp } = uplink.status()
      await uplink.stop()
      await middle.close()
      held(!isUp && middle.heard === 0, `${door}: the agent said ${middle.heard} bytes to somebody else`)
      faults.push(`${door}: ${fault}`)
    }
    return `the agent hangs up before it says anything (${faults.join(', ')})`
  },
}

const clientToHospital: Attack = {
  row,
  does: "TLS with another certificate, between physician's client and hospital",
  run: async (stage) => {
    const { api } = stage.hospital.endpoints
    const middle = await Middle.open(stage, api)
    try {
      const base = `https://127.0.0.1:${middle.port}`
      const fetch = pinnedFetch(await stage.hospital.ca())
      const cause = await know(new HospitalClient({ base, fetch })).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      const code = await refusedAs('the client', Promise.reject(cause), 'UNREACHABLE')
      held(middle.heard === 0, `the client said ${middle.heard} bytes to somebody else`)
      const reason = Object(Object(cause).cause).code
      return `the client hangs up before it says anything (${code}: ${reason})`
    } finally {
      await middle.close()
    }
  },
}

const foreignDevice: Attack = {
  row,
  does: 'a device of the attacker that answers into the mailbox of a pairing',
  run: async ({ patient, client }) => {
    const pairing = await beginPairing(patient)
    const guessed = { ...pairing.enrolment, secret: randomBytes(pairing.enrolment.secret.length) }
    const offer = encodeOffer(makeOffer(guessed, keySigner(randomBytes(32))))
    await client.ask(`/v1/pairings/${pairing.mailbox}/offer`, { method: 'PUT', cbor: offer })
    const code = await refusedAs(
      'the offer',
      awaitOffer(patient, pairing, AbortSignal.timeout(10_000)),
      'OFFER_FORGED',
    )
    return `${code}: without the secret of the enrolment; the six words would differ as well`
  },
}

export const middles: readonly Attack[] = [agentToHospital, clientToHospital, foreignDevice]
