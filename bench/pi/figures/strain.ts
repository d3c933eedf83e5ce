import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeScene } from '@hygeia/test/scene'
import type { Finding } from '../../report/figure.ts'
import { step } from '../../report/step.ts'
import { RECORDED_SECONDS, recordEcg } from '../ecg-bedside.ts'
import { unpackAgent } from '../packaged-agent.ts'
import { LOAD } from '../played.ts'

/**
 * What becomes of an ECG while a function node of the user's spins and the card takes its time; and beside it without,
 * because a machine that does other things loses samples of a chip that holds one at a time. The chip itself counts what
 * nobody read.
 *
 * The packaged agent runs on this machine itself: a Pi has four cores, and the test Pi only one.
 */
export async function strain(): Promise<Finding> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-strain-'))
  await using made = new AsyncDisposableStack()
  made.defer(() => rm(dir, { recursive: true, force: true }))
  const scene = await step('a hospital', () => makeScene({ dir }))
  made.defer(() => scene.hospital.kill())
  const program = await unpackAgent(join(dir, 'package'))
  const label = `${RECORDED_SECONDS} s of the whole bedside`
  const calm = await step(label, (tell) => recordEcg({ scene, program, isStrained: false }, tell))
  const strained = await step(`${label} under strain`, (tell) =>
    recordEcg({ scene, program, isStrained: true }, tell),
  )
  return {
    figures: [
      {
        name: 'ECG samples recorded that did not arrive',
        measured: strained.undelivered,
        unit: '',
        aim: { atMost: 0 },
        note: `of ${strained.taken} in ${RECORDED_SECONDS} s; a function node spins 5 s of 10, every sync takes 500 ms`,
      },
      {
        name: 'ECG samples that were never taken',
        measured: strained.lost,
        unit: '',
        aim: { atMost: 0 },
        note: `${calm.lost} without strain, and of ${calm.taken} that were recorded ${calm.undelivered} did not arrive`,
      },
    ],
    remarks: [
      `under strain, on this machine itself, ${LOAD}: ${strained.note}`,
      `without strain: ${calm.note}`,
    ],
  }
}
