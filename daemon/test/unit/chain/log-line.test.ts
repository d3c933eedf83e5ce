import { pino } from 'pino'
import t from 'tap'
import { relogGeth } from '../../../src/chain/geth/log-line.ts'

t.test("geth's lines keep their weight, but for what is routine", async (t) => {
  const lines: { level: number; msg: string; block?: number }[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const said = [
    '{"t":"2026-11-26T05:00:00","lvl":"info","msg":"Imported new chain segment","block":7}',
    '{"t":"2026-11-26T05:00:00","lvl":"warn","msg":"Snapshot extension registration failed"}',
    '{"t":"2026-11-26T05:00:00","lvl":"eror","msg":"Failed to write"}',
    '{"t":"2026-11-26T05:00:00","lvl":"error","msg":"Failed again"}',
    '{"t":"2026-11-26T05:00:00","lvl":"crit","msg":"Fatal"}',
    '{"t":"2026-11-26T05:00:00","lvl":"warn","msg":"Served eth_sendRawTransaction","err":"already known"}',
    'panic: runtime error',
    '{"broken',
    '',
  ]
  for (const line of said) relogGeth(log, line)
  t.same(
    lines.map(({ level }) => level),
    [20, 40, 50, 50, 50, 20, 40, 40],
  )
  t.match(lines[0], { msg: 'Imported new chain segment', block: 7 })
  t.equal(lines[6]?.msg, 'panic: runtime error')
})
