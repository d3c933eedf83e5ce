import { join } from 'node:path'
import { parseConfig, readConfig } from '@hygeia/runtime/config-file'
import t from 'tap'
import { z } from 'zod'

const Config = z.strictObject({
  port: z.int().min(1).max(65_535),
  batch: z.strictObject({ windowMs: z.int().min(1_000), label: z.string().default('vitals') }),
  hosts: z.array(z.url()),
})
const good = { port: 8_443, batch: { windowMs: 60_000 }, hosts: ['https://hospital.example'] }

t.test('a configuration is read, with its defaults', async (t) => {
  const dir = t.testdir({ 'config.json': JSON.stringify(good) })
  const config = await readConfig(join(dir, 'config.json'), Config)
  t.same(config, { ...good, batch: { windowMs: 60_000, label: 'vitals' } })
})

t.test('every field at fault is listed with its path, not only the first', async (t) => {
  const wrong = {
    port: 0,
    batch: { windowMs: '60', windowMS: 1 },
    hosts: ['https://ok.example', 'nowhere'],
    colour: 'red',
  }
  try {
    parseConfig('/etc/agent.json', JSON.stringify(wrong), Config)
    t.fail('was taken')
  } catch (cause) {
    t.match(cause, { name: 'RuntimeError', code: 'FILE_INVALID', detail: { path: '/etc/agent.json' } })
    const { problems } = (cause as { detail: { problems: string[] } }).detail
    const paths = problems.map((problem) => problem.split(':')[0]).sort()
    t.same(paths, ['batch.windowMS', 'batch.windowMs', 'colour', 'hosts.1', 'port'])
    t.match(problems, [/^port: /], 'and says what is wrong with it')
    const [first, ...lines] = (cause as Error).message.split('\n')
    t.equal(first, '/etc/agent.json has 5 faults:')
    t.same(
      lines.map((line) => line.trim()),
      problems,
      'the message is the list',
    )
  }
})

t.test('one fault is one, and a whole file may be at fault', async (t) => {
  const faults = (text: string) => () => parseConfig('c.json', text, Config)
  t.throws(faults(JSON.stringify({ ...good, port: -1 })), { message: /^c\.json has 1 fault:\n {2}port: / })
  t.throws(faults('[]'), { message: /\(whole file\): / })
  t.throws(faults('{"port": 1,}'), { code: 'FILE_INVALID', message: /JSON/ })
  t.throws(faults(''), { code: 'FILE_INVALID' })
})

t.test('a file that is not there says what to do', async (t) => {
  const path = join(t.testdir(), 'config.json')
  await t.rejects(readConfig(path, Config), {
    code: 'FILE_UNREADABLE',
    detail: { path },
    message: /run init/,
  })
})
