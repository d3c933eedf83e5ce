import { stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { askAgent } from '@hygeia/agent/control/client'
import { Forward } from '@hygeia/agent/control/forward'
import type { ControlAnswer, ControlRequest } from '@hygeia/agent/control/request'
import { ControlServer } from '@hygeia/agent/control/server'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { testFolder } from '../../support/bedside.ts'

const ENTERED: ControlAnswer = { ok: true, kind: 'entered' }

async function serve(t: Test, handle: (request: ControlRequest) => Promise<ControlAnswer>) {
  const path = join(await testFolder(t), 'control.sock')
  const server = new ControlServer({ path }, { handle, log: pino({ level: 'silent' }) })
  await server.start()
  t.teardown(() => server.stop())
  return path
}

/** What comes back for these bytes. */
function raw(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let answer = ''
    socket.on('error', reject).on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.write(text)
  })
}

t.test('a command is heard and answered', async (t) => {
  const heard: ControlRequest[] = []
  const path = await serve(t, async (request) => {
    heard.push(request)
    return ENTERED
  })
  const request: ControlRequest = { kind: 'enter', entry: { systolic: 120, diastolic: 80 } }
  t.same(await askAgent(path, request), ENTERED)
  t.same(heard, [request])
  t.equal((await stat(path)).mode & 0o777, 0o660, 'only its owner and group may write to it')
})

t.test('what is no command is refused by name, and reaches nobody', async (t) => {
  const path = await serve(t, async () => {
    throw new Error('it got through')
  })
  const bad = [
    'hello\n',
    '{}\n',
    '{"kind":"reboot"}\n',
    '{"kind":"alarms","more":1}\n',
    '{"kind":"enter","entry":{}}\n',
    '{"kind":"enter","entry":{"systolic":1200}}\n',
    '{"kind":"enter","entry":{"systolic":80,"diastolic":120}}\n',
    '{"kind":"enter","entry":{"consciousness":"happy"}}\n',
  ]
  for (const text of bad)
    t.match(JSON.parse(await raw(path, text)), { ok: false, fault: 'MALFORMED' }, text.trim())
  t.match(JSON.parse(await raw(path, 'x'.repeat(5_000))), { ok: false, fault: 'TOO_LARGE' })
  t.match(
    JSON.parse(await raw(path, '{"kind":"alarms"}\n')),
    { ok: false, fault: 'NOT_READY' },
    'a fault of ours is no trace',
  )
})

t.test('what an agent that was killed left behind is no hindrance', async (t) => {
  const path = join(await testFolder(t), 'control.sock')
  await writeFile(path, '')
  const server = new ControlServer({ path }, { handle: async () => ENTERED, log: pino({ level: 'silent' }) })
  await server.start()
  t.same(await askAgent(path, { kind: 'alarms' }), ENTERED)
  await server.stop()
  await t.rejects(askAgent(path, { kind: 'alarms' }), { code: 'NOT_STARTED' })
})

t.test('a worker that does not answer is not waited for', async (t) => {
  const forward = new Forward({ send: () => {} })
  t.match(await forward.ask({ kind: 'alarms' }), { ok: false, fault: 'NOT_READY' })
})

t.test('each answer goes to whoever asked', async (t) => {
  const sent: number[] = []
  const forward = new Forward({ send: (number) => void sent.push(number) })
  const both = [forward.ask({ kind: 'alarms' }), forward.ask({ kind: 'acknowledge' })]
  const [first = 0, second = 0] = sent
  forward.answered(second, { ok: true, kind: 'acknowledged', silenced: [] })
  forward.answered(first, ENTERED)
  forward.answered(99, ENTERED)
  t.match(await Promise.all(both), [{ kind: 'entered' }, { kind: 'acknowledged' }])
})
