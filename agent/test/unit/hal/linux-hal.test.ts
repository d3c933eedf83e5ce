import { linuxHal } from '@hygeia/agent/hal/linux-hal'
import t from 'tap'

// No machine that runs this has bus 9999 or a chip of this label, whether or not the optional packages were built.
t.test('what cannot be had is refused each time it is asked for, and closing still works', async (t) => {
  const hal = linuxHal({ label: 'no-such-chip', root: t.testdir() })
  for (let time = 0; time < 2; time++) {
    await t.rejects(hal.i2c(9_999), { code: /^(BUS_UNAVAILABLE|PACKAGE_MISSING)$/ })
    await t.rejects(hal.gpio(), { code: /^(GPIO_CHIP_MISSING|PACKAGE_MISSING)$/ })
  }
  await t.resolves(hal.close())
})
