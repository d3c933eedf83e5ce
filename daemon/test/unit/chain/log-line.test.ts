import { relogGeth } from '@hygeia/daemon/chain/geth/log-line'
import { pino } from 'pino'
import t from 'tap'

/** What becomes of a line in the daemon's log. */
function relogged(text: string): unknown {
  const lines: string[] = []
  const log = pino({ level: 'debug', base: null, timestamp: false }, { write: (line) => lines.push(line) })
  relogGeth(log, text)
  t.ok(lines.length <= 1)
  return lines[0] === undefined ? undefined : JSON.parse(lines[0])
}

const [DEBUG, WARN, ERROR] = [20, 40, 50]
const at = '"t":"2026-11-26T05:58:17.041Z"'

// As geth 1.13.15 writes them with --log.format json.
t.test('geth’s warnings and errors are the daemon’s, and the rest is for who looks for it', async (t) => {
  t.same(relogged(`{${at},"lvl":"warn","msg":"Failed to load snapshot","err":"missing"}`), {
    level: WARN,
    err: 'missing',
    msg: 'Failed to load snapshot',
  })
  t.match(relogged(`{${at},"lvl":"eror","msg":"Bad block"}`), { level: ERROR })
  t.match(relogged(`{${at},"lvl":"info","msg":"Imported new chain segment"}`), { level: DEBUG })
  t.match(relogged('panic: runtime error'), { level: WARN, msg: 'panic: runtime error' })
  t.equal(relogged('  '), undefined)
})

t.test('that it is another validator’s turn is no failure', async (t) => {
  const failed = (err: string) => relogged(`{${at},"lvl":"warn","msg":"Block sealing failed","err":"${err}"}`)
  t.match(failed('signed recently, must wait for others'), { level: DEBUG })
  t.match(failed('unauthorized signer'), { level: WARN })
})

t.test('a call that was refused is no news', async (t) => {
  t.match(relogged(`{${at},"lvl":"warn","msg":"Served eth_sendRawTransaction","err":"already known"}`), {
    level: DEBUG,
  })
})
