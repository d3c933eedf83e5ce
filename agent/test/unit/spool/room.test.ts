import { ALERT_RESERVE, RECORDING_STEPS, type RecordingStep, recordingStep } from '@hygeia/agent/spool/room'
import t from 'tap'

t.test('the fuller the spool the less is recorded, and at its end nothing but alerts', async (t) => {
  const steps: RecordingStep[] = []
  let step: RecordingStep = 'all'
  for (let fill = 0; fill <= 1.1; fill += 0.001) {
    step = recordingStep(fill, step)
    if (steps.at(-1) !== step) steps.push(step)
  }
  t.same(steps, RECORDING_STEPS, 'one step after the other')
  t.equal(recordingStep(0.749, 'all'), 'all')
  t.equal(recordingStep(0.75, 'all'), 'rest-thinned')
  t.equal(recordingStep(1 - ALERT_RESERVE, 'all'), 'alerts-only', 'over several at once, if need be')
})

t.test('a step ends only once there is somewhat more room than when it began', async (t) => {
  t.equal(recordingStep(0.74, 'rest-thinned'), 'rest-thinned')
  t.equal(recordingStep(0.718, 'rest-thinned'), 'all')
  t.equal(recordingStep(0.92, 'alerts-only'), 'alerts-only')
  t.equal(recordingStep(0.9, 'alerts-only'), 'vitals-thinned')
  t.equal(recordingStep(0, 'alerts-only'), 'all', 'all of them at once')
  let changes = 0
  let step: RecordingStep = 'all'
  for (let turn = 0; turn < 100; turn++) {
    const next = recordingStep(0.75 + (turn % 2 === 0 ? 0.001 : -0.001), step)
    if (next !== step) changes++
    step = next
  }
  t.equal(changes, 1, 'it does not flutter')
})
