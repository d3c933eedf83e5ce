// A tap reporter: one line a test file, failures in full, and a plain closing line.
import { Transform } from 'node:stream'
import { Parser } from 'tap-parser'

export default class Reporter extends Transform {
  #counts = { pass: 0, fail: 0, skip: 0 }
  #parser = new Parser()

  constructor() {
    super()
    this.#watch(this.#parser, [])
    this.#parser.on('child', (file) => this.#announce(file))
    process.once('exit', () => {
      const { pass, fail, skip } = this.#counts
      process.stdout.write(`${pass} passed, ${fail} failed${skip > 0 ? `, ${skip} skipped` : ''}\n`)
    })
  }

  #announce(file) {
    const before = this.#counts.pass
    file.on('complete', (results) => {
      const mark = results.ok ? '✓' : '✗'
      const seconds = ((results.time ?? 0) / 1000).toFixed(1)
      this.push(`${mark} ${file.name}  ${results.count || this.#counts.pass - before} in ${seconds} s\n`)
    })
  }

  #watch(parser, path) {
    const suites = new Set()
    parser.on('child', (child) => {
      suites.add(child.name)
      this.#watch(child, [...path, child.name])
    })
    parser.on('assert', (result) => {
      // A suite's own point repeats what its children said, unless it died without saying.
      if (suites.delete(result.name) && !(result.ok === false && result.diag?.exitCode)) return
      if (result.skip || result.todo) this.#counts.skip++
      else if (result.ok) this.#counts.pass++
      else this.#fail(result, path)
    })
    parser.on('bailout', (reason) => this.#fail({ name: `bail out: ${reason}` }, path))
  }

  #fail(result, path) {
    this.#counts.fail++
    this.push(`✗ ${[...path, result.name].join(' › ')}\n`)
    if (result.diag) this.push(`${JSON.stringify(result.diag, undefined, 2).replaceAll(/^/gm, '    ')}\n`)
  }

  _transform(chunk, _encoding, done) {
    this.#parser.write(chunk)
    done()
  }

  _flush(done) {
    this.#parser.end()
    done()
  }
}
