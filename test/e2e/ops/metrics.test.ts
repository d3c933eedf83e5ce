import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { METRICS } from '@hygeia/daemon/metrics/names'
import t from 'tap'
import { textOf } from '../../support/https-text.ts'
import { openScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const PARTS = fileURLToPath(new URL('../../../packaging/daemon', import.meta.url))
const RULES = join(PARTS, 'prometheus/hygeia.rules.yml')
const DASHBOARD = join(PARTS, 'grafana/hygeia.json')
/** What Prometheus itself says of every target. */
const OF_PROMETHEUS = new Set(['up'])
/** What a histogram is stored as. */
const SERIES = /_(bucket|sum|count)$/

/** In a file of rules: with the lines that are further in than its name. */
const EXPRESSION = /^( +)expr: (.+(?:\n\1 +\S.*)*)$/gm

t.setTimeout(240_000)

t.test(
  'every metric of dashboard and rules is one that a hospital gives, and the other way round',
  async (t) => {
    const { hospital } = await openScene(t)
    const ca = await hospital.ca()
    const text = await until('it is scraped', () => textOf(`${hospital.endpoints.api}/metrics`, ca))
    const given = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name))
    const listed = new Set<string>(Object.values(METRICS).map(({ name }) => name))
    t.same(
      [...given].filter((name) => name.startsWith('hygeia_') && !listed.has(name)),
      [],
      'none has a name of its own',
    )
    t.same(
      [...listed].filter((name) => !given.has(name)),
      [],
      'each that is listed is given',
    )

    const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8'))
    const shown = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    )
    const rules = [...readFileSync(RULES, 'utf8').matchAll(EXPRESSION)].map(([, , expr = '']) => expr)
    t.ok(rules.length > 10 && shown.length > 20)
    for (const [where, expressions] of Object.entries({ dashboard: shown, rules })) {
      const unknown = expressions.flatMap(namesIn).filter((name: string) => {
        return !given.has(name) && !given.has(name.replace(SERIES, '')) && !OF_PROMETHEUS.has(name)
      })
      t.same(unknown, [], `${where} asks for nothing else`)
    }
    const used = new Set<string>(shown.flatMap(namesIn).map((name: string) => name.replace(SERIES, '')))
    t.same(
      [...listed].filter((name) => !used.has(name)),
      [],
      'and the dashboard shows each',
    )
  },
)

const skip =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'no promtool: apt-get install prometheus'
t.test('Prometheus takes the rules, the metrics, and what the dashboard asks for', { skip }, async (t) => {
  const promtool = (args: readonly string[], input = '') =>
    spawnSync('promtool', [...args], { cwd: dirname(RULES), encoding: 'utf8', input })
  t.match(promtool(['check', 'rules', RULES]), { status: 0 })
  t.match(promtool(['test', 'rules', 'hygeia.rules.test.yml']), { status: 0 }, 'rules fire when they should')
  const { hospital } = await openScene(t)
  const text = await textOf(`${hospital.endpoints.api}/metrics`, await hospital.ca())
  const checked = promtool(['check', 'metrics'], text)
  const complaints = checked.stderr
    .split('\n')
    .filter((line) => line.startsWith('hygeia_') && !KNOWN.test(line))
  t.same(complaints, [], 'each is named as Prometheus wants it')
  const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8'))
  for (const { targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const plain = expr.replaceAll('$__rate_interval', '1m').replaceAll('$hospital', '.*')
      const rule = JSON.stringify({ groups: [{ name: 'one', rules: [{ record: 'one', expr: plain }] }] })
      t.match(
        execFileSync('sh', ['-c', 'f=$(mktemp) && cat > "$f" && promtool check rules "$f"; rm "$f"'], {
          input: rule,
          encoding: 'utf8',
        }),
        /SUCCESS/,
      )
    }
  }
})

/** Milliseconds say what people read on a dashboard, where Prometheus would have seconds. */
const KNOWN = /use base unit "seconds"|abbreviated units/

/** Names of metrics in an expression of PromQL. */
function namesIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\b(by|without) \([^)]*\)/g, '')
  return [...bare.matchAll(/\b[a-z][a-z0-9_]*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => name.includes('_') || name === 'up')
    .filter((name) => !name.startsWith('__'))
}
