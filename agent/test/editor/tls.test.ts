import { readFile } from 'node:fs/promises'
import { get } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { fingerprintOf } from '../../src/editor/certificate.ts'
import { editedAgent } from './support.ts'

t.setTimeout(120_000)

t.test('an editor that others reach speaks TLS, with a certificate of its own', async (t) => {
  const { url, agent, folder } = await editedAgent(t, { editor: { host: '0.0.0.0' } })
  const cert = await readFile(join(folder, 'editor/tls.crt'), 'utf8')
  // Whoever trusts it reaches the page; the name is checked as for any other.
  const status = await new Promise((resolve, reject) => {
    get(url.replace('http:', 'https:'), { ca: cert }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
  t.equal(status, 200)
  await t.rejects(fetch(url), 'nothing is said in the clear')
  t.ok(agent.output.includes(fingerprintOf({ cert, key: '' })), 'its fingerprint is in the log')
  t.equal(await agent.stop(), 0)
})
