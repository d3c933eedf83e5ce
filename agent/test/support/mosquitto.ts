import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { parseTopic, topicOf } from '@hygeia/protocol/device-link/topics'
import { freePort } from '@hygeia/runtime/test/free-port'
import { connectAsync } from 'mqtt'
import type { TestCertificates } from './certificates.ts'
import type { Door } from './doors.ts'
import type { TestHospital } from './hospital.ts'
import { until } from './until.ts'

const BINARY = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find(
  (path) => spawnSync(path, ['-h']).error === undefined,
)

/** Whether this machine has the broker that Debian ships. */
export const hasMosquitto = BINARY !== undefined

/** A real Mosquitto over TLS, with the hospital as one of its clients: here an acknowledgement promises nothing. */
export async function openMosquitto(
  folder: string,
  tls: TestCertificates,
  hospital: TestHospital,
): Promise<Door> {
  if (BINARY === undefined) throw new Error('no mosquitto here')
  const port = await freePort()
  const file = (name: string) => join(folder, `mosquitto-${name}`)
  await writeFile(file('ca.pem'), tls.ca)
  await writeFile(file('cert.pem'), tls.cert)
  await writeFile(file('key.pem'), tls.key)
  await writeFile(
    file('conf'),
    [
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      `cafile ${file('ca.pem')}`,
      `certfile ${file('cert.pem')}`,
      `keyfile ${file('key.pem')}`,
    ].join('\n'),
  )
  const broker: ChildProcess = spawn(BINARY, ['-c', file('conf')], { stdio: 'ignore' })
  const url = `mqtts://127.0.0.1:${port}`
  const connect = () => connectAsync(url, { ca: tls.ca, protocolVersion: 4, reconnectPeriod: 0 })
  let client: Awaited<ReturnType<typeof connect>> | undefined
  await until('mosquitto listens', async () => {
    client = await connect().catch(() => undefined)
    return client !== undefined
  })
  if (client === undefined) throw new Error('unreachable: it listens')
  const hospitalClient = client
  hospital.push = (device, answers) =>
    void hospitalClient.publish(topicOf(device, 'answer'), Buffer.from(answers), { qos: 1 })
  hospitalClient.on('message', (name, payload) => {
    const topic = parseTopic(name)
    if (topic === undefined) return
    const answers = topic.kind === 'batch' ? hospital.takeBatch(payload) : hospital.takeQuestion(payload)
    if (answers.length > 0) hospital.push(topic.device, encodeAnswers(answers))
  })
  await hospitalClient.subscribeAsync(['hygeia/1/+/batch', 'hygeia/1/+/question'], { qos: 1 })
  return {
    url,
    async close() {
      await hospitalClient.endAsync(true)
      broker.kill()
      await new Promise((resolve) => broker.once('exit', resolve))
    },
  }
}
