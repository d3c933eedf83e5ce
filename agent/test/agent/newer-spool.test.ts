import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { SENSORS, TestAgent } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'

t.test('a spool of a later version is refused in one line, left as it is, and not tried again', async (t) => {
  const { folder, patient, pinned } = await makeSetting(t)
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: { sensors: SENSORS, simulation: { source: { kind: 'noise' } }, logLevel: 'silent' },
  })
  const path = join(folder, 'agent.db')
  const later = new DatabaseSync(path)
  later.exec('CREATE TABLE later (thing); PRAGMA user_version = 99')
  later.close()
  agent.start()
  t.equal(await agent.ended(), 78, 'RestartPreventExitStatus of the unit')
  t.match(
    agent.output,
    /^hygeia-agent: .*agent\.db was written by a later version of this program: .*install that version again.*\n$/,
  )
  const after = new DatabaseSync(path, { readOnly: true })
  t.equal(Number(after.prepare('PRAGMA user_version').get()?.user_version), 99)
  t.same(after.prepare('SELECT name FROM sqlite_schema').all(), [{ name: 'later' }])
  after.close()
})
