import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { AgentConfig } from '../../../src/config/config.ts'
import { defaultConfig } from '../../../src/config/default-config.ts'
import { pipelineOf } from '../../../src/pipeline/document.ts'
import { EditorKeeper } from '../../../src/workers/editor-keeper.ts'
import { testFolder } from '../../support/bedside.ts'
import { LOG } from '../../support/line.ts'
import { until } from '../../support/until.ts'

t.setTimeout(60_000)

const PROGRAM = `
import { parentPort, workerData } from 'node:worker_threads'
const { port, isSafe } = workerData
const say = (what) => port.postMessage(what)
const onOrder = (work) => parentPort.on('message', work)
say({ isSafe })
`
const NEWS = { sampling: undefined, delivery: undefined }

/** Without a node that only Node-RED can run, a headless one is not begun. */
const FLOW = JSON.stringify([{ id: 'own', type: 'function', z: 'tab' }])

/** A keeper of a program that takes Node-RED's place in the worker, and what that says to the sampling worker. */
async function keeperOf(
  t: { teardown(work: () => unknown): unknown },
  rest: string,
  editor: object = {},
  flow = FLOW,
) {
  const folder = await testFolder(t)
  const entry = join(folder, 'entry.mjs')
  await writeFile(entry, `${PROGRAM}${rest}`)
  await mkdir(join(folder, 'editor'))
  await writeFile(join(folder, 'editor/flows.json'), flow)
  const config = AgentConfig.parse({ ...defaultConfig(folder), editor: { headless: true, ...editor } })
  const said: unknown[] = []
  let starts = 0
  const keeper = new EditorKeeper(config, pipelineOf(config), {
    entry: pathToFileURL(entry),
    log: LOG,
    onPort: (port) => {
      starts++
      port.on('message', (what) => said.push(what))
      t.teardown(() => port.close())
    },
  })
  await keeper.start()
  return { keeper, said, starts: () => starts, folder }
}

t.test('one that dies is started anew, and after three deaths without its flows', async (t) => {
  const { keeper, said, starts } = await keeperOf(t, 'setTimeout(() => process.exit(1), 20)')
  await until('the fourth', () => starts() === 4)
  await until('it is safe', () => said.length === 4)
  t.same(said, [{ isSafe: false }, { isSafe: false }, { isSafe: false }, { isSafe: true }])
  await keeper.stop()
})

t.test('news wait for the answer to those before', async (t) => {
  const { keeper, said } = await keeperOf(
    t,
    `onOrder(({ kind }) => {
      say(kind)
      if (kind === 'stop') process.exit(0)
      setTimeout(() => parentPort.postMessage({ kind: 'beat' }), 100)
    })`,
  )
  await until('it runs', () => said.length === 1)
  for (let n = 0; n < 5; n++) keeper.tell(NEWS)
  await until('the first came', () => said.length === 2)
  // Told until it is heard again.
  await until('the next', () => {
    keeper.tell(NEWS)
    return said.length === 3
  })
  await keeper.stop()
  t.same(said.slice(1), ['core', 'core', 'stop'])
})

t.test('one that spins is ended all the same', async (t) => {
  const { keeper, said, starts } = await keeperOf(t, 'setTimeout(() => { while (true); }, 50)')
  await until('it runs', () => said.length === 1)
  await keeper.stop()
  t.equal(starts(), 1, 'and not begun again')
})

t.test('without a password there is no editor, and none where none is wanted', async (t) => {
  const without = await keeperOf(t, '', { headless: false })
  t.equal(without.starts(), 0)
  const off = await keeperOf(t, '', { enabled: false })
  t.equal(off.starts(), 0)
  await without.keeper.stop()
  await off.keeper.stop()
})

t.test('a headless one begins only where the flow has something for it to run', async (t) => {
  const own = { id: 'mine', type: 'hygeia-sensor', z: 'bed' }
  const started = async (...flow: object[]) => {
    const { keeper, starts } = await keeperOf(t, 'setInterval(() => {}, 1_000)', {}, JSON.stringify(flow))
    await keeper.stop()
    return starts()
  }
  const tab = { id: 'bed', type: 'tab', label: 'Bedside' }
  t.equal(await started(tab, own, { id: 'said', type: 'comment', z: 'bed' }), 0, 'only the pipeline')
  t.equal(await started(tab, own, { id: 'off', type: 'function', z: 'bed', d: true }), 0, 'one that is off')
  t.equal(await started(tab, own, { id: 'mqtt', type: 'mqtt out', z: 'bed' }), 1, 'another node')
  const { keeper, starts } = await keeperOf(t, 'setInterval(() => {}, 1_000)', {}, 'no flow')
  await keeper.stop()
  t.equal(starts(), 1, 'what cannot be read is for Node-RED to complain of')
})
