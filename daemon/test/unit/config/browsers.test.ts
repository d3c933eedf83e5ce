import t from 'tap'
import { browserTrust, trustLine } from '../../../src/browsers/trust.ts'
import { BrowsersConfig } from '../../../src/config/browsers.ts'

const files = { from: 'files', certFile: '/etc/hygeia/web.pem', keyFile: '/etc/hygeia/web-key.pem' }
const acme = { from: 'acme', directory: 'https://authority.example/directory', agreesToTerms: true }
const names = ['hospital.example']

t.test('a certificate for browsers is of files, or of an authority', async (t) => {
  t.match(BrowsersConfig.parse({ names, certificate: files }), { host: '0.0.0.0', port: 443 })
  t.match(BrowsersConfig.parse({ names, certificate: acme }), {
    certificate: { challenge: { host: '0.0.0.0', port: 80 } },
  })
})

t.test('what cannot work is refused', async (t) => {
  const wrong = [
    { certificate: files },
    { names: [], certificate: files },
    { names },
    { names, certificate: { ...files, keyFile: 'web-key.pem' } },
    { names, certificate: { ...acme, agreesToTerms: false } },
    { names, certificate: { ...acme, directory: 'http://authority.example' } },
    { names, certificate: { ...acme, email: 'nobody' } },
    { names, certificate: { from: 'self' } },
    { names, certificate: files, cert: '/etc/hygeia/web.pem' },
  ]
  for (const each of wrong) t.notOk(BrowsersConfig.safeParse(each).success, JSON.stringify(each))
})

t.test('what an untrusted origin disables is named', async (t) => {
  const line = trustLine(browserTrust(undefined))
  for (const word of ['service worker', 'push', 'passkeys', 'browsers.certificate']) t.match(line, word)
  const trusted = browserTrust(BrowsersConfig.parse({ names, certificate: files }))
  t.same(trusted, { isTrusted: true, disabled: [] })
  t.notMatch(trustLine(trusted), 'refuse')
})
