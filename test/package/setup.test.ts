import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { formatEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { pairingWords } from '@hygeia/protocol/pairing/offer'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { buildDeb, NOT_ASKED } from '../support/builds.ts'
import { DebianRoot, whyNoRoot } from '../support/debian-root.ts'

t.setTimeout(1_200_000)

const address = (digit: string) => `0x${digit.repeat(40)}` as Address
const hex32 = (digit: string) => `0x${digit.repeat(64)}` as Hex32
const enrolment = {
  realm: { chainId: 7, directory: address('1'), genesis: hex32('2') },
  patient: address('3'),
  hospitals: [
    {
      hospital: address('4'),
      receiptKey: address('5'),
      caHash: hex32('6'),
      api: 'https://hospital.example:8443',
    },
  ],
  secret: new Uint8Array(16).fill(9),
  expires: Date.UTC(2100, 0) as UnixMs,
}

t.test(
  'an installed package is set up without a network',
  { skip: NOT_ASKED ?? whyNoRoot() ?? false },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hygeia-setup-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const root = await DebianRoot.make(join(folder, 'root'))
    const deb = await buildDeb(folder, '0.1.0')
    await copyFile(deb, root.at(basename(deb)))
    t.equal((await root.run('dpkg', '--install', `/${basename(deb)}`)).code, 0)
    await writeFile(root.at('/enrolment.txt'), formatEnrolment(enrolment))

    const done = await root.run('hygeia-agent', 'setup', '--yes', '--enrolment-file', '/enrolment.txt')
    t.equal(done.code, 0)
    if (done.code !== 0) t.comment(done.output)
    const device = /^Device +(0x[0-9a-f]{40})$/m.exec(done.output)?.[1] as Address
    t.match(done.output, `Words      ${pairingWords(enrolment, device).join(' ')}`)
    t.match(done.output, 'https://hospital.example:8443')
    t.match(done.output, /does not run systemd/)

    const sealed = root.at('/etc/credstore.encrypted/hygeia-agent.device.key')
    t.equal((await stat(sealed)).mode & 0o777, 0o600)
    t.notMatch(await readFile(sealed, 'utf8'), /[0-9a-f]{64}/, 'the key is not there to be read')
    await t.rejects(
      stat(root.at('/var/lib/hygeia-agent/device.key')),
      { code: 'ENOENT' },
      'nor anywhere else',
    )
    const user = Number((await root.run('id', '-u', 'hygeia-agent')).output)
    const pending = await stat(root.at('/var/lib/hygeia-agent/enrolment'))
    t.same(
      [pending.uid, pending.mode & 0o777],
      [user, 0o600],
      'the service finds the enrolment, others do not',
    )

    const again = await root.run('hygeia-agent', 'setup', '--yes', '--no-pair')
    t.equal(again.code, 0)
    t.match(again.output, `Device     ${device}`, 'the same device')
    t.equal((await root.run('hygeia-agent', 'setup')).code, 78, 'nobody to ask')
    const man = await root.run('sh', '-c', 'gzip -dc /usr/share/man/man8/hygeia-agent.8.gz')
    const help = await root.run('hygeia-agent', '--help')
    for (const [, name] of help.output.matchAll(/^ {2}([a-z]+) \[/gm)) {
      if (name !== undefined && name !== 'help')
        t.match(man.output, new RegExp(`^\\.It Cm ${name}$`, 'm'), `${name} is in the manual`)
    }
  },
)
