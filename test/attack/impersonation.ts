import { signDeviceToken } from '@hygeia/protocol/login/device-token'
import mqtt, { type IClientOptions } from 'mqtt'
import { lies } from '../../daemon/test/corpus/lies.ts'
import { type BadLogin, badLogins } from '../../daemon/test/corpus/logins.ts'
import { type BadMessage, CAST } from '../../daemon/test/corpus/world.ts'
import { type Attack, held, tallied } from './attack.ts'
import { byCoap } from './doors.ts'
import { refusals, type Stage } from './stage.ts'

const NOT_AUTHORIZED = 5

/** A nonce as a device gets it. */
async function freshNonce({ client }: Stage): Promise<string> {
  return String((await client.ask('/v1/device-nonce')).json.nonce)
}

/** Try to log in. @returns the return code of CONNACK, 0 when it was let in */
async function logIn({ hospital }: Stage, options: IClientOptions): Promise<number> {
  const { port } = new URL(hospital.endpoints.mqtt)
  const at = { host: '127.0.0.1', servername: 'localhost', port: Number(port), ca: await hospital.ca() }
  const client = mqtt.connect({ protocol: 'mqtts', ...at, reconnectPeriod: 0, ...options })
  try {
    return await new Promise<number>((resolve, reject) => {
      client.once('connect', () => resolve(0))
      client.once('error', (cause) => {
        const { code } = Object(cause) as { code?: unknown }
        if (typeof code === 'number') resolve(code)
        else reject(cause)
      })
    })
  } finally {
    await client.endAsync(true)
  }
}

/** Each of these log-ins has to be refused, and the hospital has to say to itself why. */
async function tryLogins(stage: Stage, logins: readonly BadLogin[]): Promise<string> {
  for (const { name, reason, connect } of logins) {
    const before = await refusals(stage, 'mqtt', reason)
    const code = await logIn(stage, connect(await freshNonce(stage)))
    held(code === NOT_AUTHORIZED, `${name}: answered with ${code}`)
    held((await refusals(stage, 'mqtt', reason)) > before, `${name}: nobody counted ${reason}`)
  }
  return `CONNACK ${NOT_AUTHORIZED}: ${tallied(logins.map(({ reason }) => reason))}`
}

const ofDevices = (suffix: string) => (message: BadMessage) => message.expected.coap === suffix

const impersonator = (does: string, reason: string, coapReason?: string): Attack => ({
  row: 'impersonation',
  does,
  run: async (stage) => {
    const named = badLogins(stage.world, '').filter((login) => login.reason === reason)
    const answers = [await tryLogins(stage, named)]
    if (coapReason !== undefined) {
      answers.push(`CoAP: ${await byCoap(stage, lies(stage.world).filter(ofDevices(coapReason)))}`)
    }
    return answers.join('; ')
  },
})

const stolenId: Attack = {
  row: 'impersonation',
  does: 'a stolen device id with another key, at log-in and on batches',
  run: async (stage) => {
    const stolen = badLogins(stage.world, '').filter(({ name }) =>
      ['token signed by another device', 'token of one device, name of another'].includes(name),
    )
    const signedByOthers = lies(stage.world).filter(({ name }) => name.startsWith('signed by'))
    return `${await tryLogins(stage, stolen)}; CoAP: ${await byCoap(stage, signedByOthers)}`
  },
}

const replayedToken: Attack = {
  row: 'impersonation',
  does: 'a CONNECT that was overheard, sent again',
  run: async (stage) => {
    const { device } = CAST
    const clientId = 'agent'
    const nonce = await freshNonce(stage)
    const claims = { device: device.address, hospital: stage.world.hospital, clientId, nonce }
    const overheard = { clientId, username: device.address, password: signDeviceToken(claims, device) }
    const first = await logIn(stage, overheard)
    if (first !== 0) throw new Error(`the device itself was refused with ${first}`)
    const again = await logIn(stage, overheard)
    held(again === NOT_AUTHORIZED, `the same token twice: answered with ${again}`)
    return `CONNACK ${again}: LOGIN_NONCE`
  },
}

const otherLogins: Attack = {
  row: 'impersonation',
  does: 'log-ins that are malformed, for another hospital, or leave a will',
  run: async (stage) => {
    const told = ['LOGIN_TOKEN', 'LOGIN_WRONG_HOSPITAL', 'LOGIN_WILL', 'LOGIN_CLIENT_ID', 'LOGIN_NONCE']
    const logins = badLogins(stage.world, await freshNonce(stage))
    return tryLogins(
      stage,
      logins.filter(({ name, reason }) => told.includes(reason) && name !== 'nonce that was used'),
    )
  },
}

export const impersonations: readonly Attack[] = [
  impersonator('a device that nobody knows', 'LOGIN_UNKNOWN_DEVICE', 'UNKNOWN_DEVICE'),
  impersonator('a device that was suspended', 'LOGIN_SUSPENDED_DEVICE', 'SUSPENDED_DEVICE'),
  stolenId,
  replayedToken,
  otherLogins,
]
