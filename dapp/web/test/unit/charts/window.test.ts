import t from 'tap'
import { WindowMover } from '../../../charts/window.ts'

const SECOND = 1_000
const limits = { from: 0, to: 120 * SECOND }

t.test('moving and zooming stay within what is loaded', async (t) => {
  const mover = new WindowMover(limits)
  mover.zoom(60 * SECOND, 2)
  t.same(mover.shown.value, { from: 30 * SECOND, to: 90 * SECOND })
  mover.pan(-100 * SECOND)
  t.same(mover.shown.value, { from: 0, to: 60 * SECOND })
  mover.pan(500 * SECOND)
  t.same(mover.shown.value, { from: 60 * SECOND, to: 120 * SECOND })
  mover.zoom(90 * SECOND, 1_000)
  t.equal(mover.shown.value.to - mover.shown.value.from, 10 * SECOND, 'no closer than ten seconds')
  t.ok(mover.key('Home'))
  t.same(mover.shown.value, limits)
  t.notOk(mover.key('x'))
})

t.test('whoever sees all goes on seeing all as the clock goes on', async (t) => {
  const mover = new WindowMover(limits)
  const later = { from: 10 * SECOND, to: 130 * SECOND }
  mover.follow(later)
  t.same(mover.shown.value, later)
  mover.zoom(60 * SECOND, 2)
  const { from, to } = mover.shown.value
  mover.follow({ from: 20 * SECOND, to: 140 * SECOND })
  t.same(mover.shown.value, { from, to }, 'whoever looks closer stays there')
})

t.test('a strip goes on with its end, and not under somebody who looks back', async (t) => {
  const mover = new WindowMover(limits)
  mover.zoom(120 * SECOND, 12)
  t.same(mover.shown.value, { from: 110 * SECOND, to: 120 * SECOND })
  mover.advance({ from: 10 * SECOND, to: 130 * SECOND })
  t.same(mover.shown.value, { from: 120 * SECOND, to: 130 * SECOND })
  mover.pan(-40 * SECOND)
  mover.advance({ from: 20 * SECOND, to: 140 * SECOND })
  t.same(mover.shown.value, { from: 80 * SECOND, to: 90 * SECOND })
  mover.toEnd()
  t.same(mover.shown.value, { from: 130 * SECOND, to: 140 * SECOND })
})
