import { MovingAverage, oddLength } from '@hygeia/agent/signals/moving-average'
import t from 'tap'

t.test('it is the mean of the last values, also once it went round', async (t) => {
  const average = new MovingAverage(5)
  const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7]
  const means = values.map((value) => average.push(value))
  for (let end = 5; end <= values.length; end++) {
    const mean = values.slice(end - 5, end).reduce((sum, value) => sum + value, 0) / 5
    t.ok(Math.abs((means[end - 1] ?? Number.NaN) - mean) < 1e-12, `of the five up to the ${end}th`)
  }
  t.equal(average.lag, 2)
})

t.test('a month of values leaves no error behind', async (t) => {
  const average = new MovingAverage(3)
  // Far more than a double holds beside the small ones that follow.
  for (let count = 0; count < 999; count++) average.push(1e17)
  for (let count = 0; count < 6; count++) average.push(1)
  t.equal(average.push(1), 1)
})

t.test('lengths are odd, and as near as odd ones can be', async (t) => {
  t.equal(oddLength(20, 250), 5)
  t.equal(oddLength(20, 360), 7)
  t.equal(oddLength(97, 250), 25)
  t.equal(oddLength(1, 100), 1)
})
