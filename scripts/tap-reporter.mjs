// A tap reporter: one line a test file, failures in full, and a plain closing line.
import { Transform } from 'node:stream'
import { Parser } from 'tap-parser'

export default class Reporter extends Transform {
  #counts = { pass: 0, fail: 0, skip: 0 }
  #parser = new Parser()
  /** Parsers of suites and files that a failure was said of. */
  #told = new WeakSet()

  constructor() {
    super()
    this.#watch(this.#parser, [], [])
    this.#parser.on('child', (file) => this.#announce(file))
  }

  #announce(file) {
    const before = this.#counts.pass
    file.on('complete', (results) => {
      const mark = results.ok ? '✓' : '✗'
      const seconds = ((results.time ?? 0) / 1000).toFixed(1)
      this.push(`${mark} ${file.name}  ${results.count || this.#counts.pass - before} in ${seconds} s\n`)
    })
  }

  #watch(parser, path, above) {
    const suites = new Map()
    const all = [...above, parser]
    const fail = (result) => {
      for (const each of all) this.#told.add(each)
      this.#fail(result, path)
    }
    parser.on('child', (child) => {
      suites.set(child.name, child)
      this.#watch(child, [...path, child.name], all)
    })
    parser.on('assert', (result) => {
      const suite = suites.get(result.name)
      suites.delete(result.name)
      // A suite's own point repeats what its children said, unless it died without saying.
      if (suite !== undefined && (result.ok || this.#told.has(suite))) return
      if (result.skip || result.todo) this.#counts.skip++
      else if (result.ok) this.#counts.pass++
      else fail(result)
    })
    parser.on('bailout', (reason) => fail({ name: `bail out: ${reason}` }))
  }

  #fail(result, path) {
    this.#counts.fail++
    const { fileName, lineNumber } = result.diag?.at ?? {}
    const place = fileName === undefined ? '' : ` (${fileName}:${lineNumber})`
    this.push(`✗ ${[...path, result.name].join(' › ')}${place}\n`)
    if (result.diag) this.push(`${JSON.stringify(result.diag, undefined, 2).replaceAll(/^/gm, '    ')}\n`)
  }

  _transform(chunk, _encoding, done) {
    this.#parser.write(chunk)
    done()
  }

  _flush(done) {
    this.#parser.end()
    const { pass, fail, skip } = this.#counts
    this.push(`${pass} passed, ${fail} failed${skip > 0 ? `, ${skip} skipped` : ''}\n`)
    done()
  }
}
