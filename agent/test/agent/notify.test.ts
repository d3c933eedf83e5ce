import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SENSORS, TestAgent } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const AGENT = fileURLToPath(new URL('../../bin/agent.ts', import.meta.url))
const WRAPPER = fileURLToPath(new URL('../../../systemd/sd-exec', import.meta.url))

/** What systemd's end of the notify socket hears, a line each. */
const LISTENER = `
use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die "bind: $!";
print "listening\\n";
while (defined recv($s, my $m, 4096, 0)) { $m =~ tr/\\n/ /; print "$m\\n" }
`
const hasPerl = spawnSync('perl', ['-v']).status === 0

t.test('systemd hears that it is ready, alive and stopping', { skip: !hasPerl && 'no perl' }, async (t) => {
  const { folder, patient, pinned } = await makeSetting(t)
  await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: {
      sensors: SENSORS,
      simulation: { source: { kind: 'noise' } },
      status: { everyMs: 100 },
      logLevel: 'warn',
    },
  })
  const socket = join(folder, 'notify')
  const listener = spawn('perl', ['-e', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => listener.kill())
  let heard = ''
  listener.stdout.on('data', (text) => {
    heard += text
  })
  await until('it listens', () => heard.includes('listening'))
  const agent = spawn(WRAPPER, [process.execPath, AGENT, 'run', '--config', join(folder, 'agent.json')], {
    stdio: 'ignore',
    env: { ...process.env, NOTIFY_SOCKET: socket },
  })
  t.teardown(() => agent.kill('SIGKILL'))
  await until('it is ready', () => heard.includes('READY=1 WATCHDOG=1\n'))
  await until('it is alive', () => heard.includes('\nWATCHDOG=1\n'))
  agent.kill('SIGTERM')
  t.equal(await new Promise((resolve) => agent.once('exit', resolve)), 0)
  await until('it said so', () => heard.includes('STOPPING=1'))
})
