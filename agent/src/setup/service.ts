import type { Machine } from './machine.ts'
import type { Terminal } from './terminal.ts'

const UNIT = 'hygeia-agent.service'
/** sd_booted(3) */
const SYSTEMD = '/run/systemd/system'

/**
 * Have the agent started now and at every boot.
 *
 * @param hasPatient - paired, or about to be: the unit starts nothing before
 * @returns whether it was
 */
export async function startService(
  { machine, terminal }: { readonly machine: Machine; readonly terminal: Terminal },
  hasPatient: boolean,
): Promise<boolean> {
  if (!machine.has(SYSTEMD)) {
    terminal.say('Service    not started, this system does not run systemd: hygeia-agent run')
    return false
  }
  await machine.run('systemctl', ['enable', '--quiet', UNIT])
  // Before, it may have failed as often as it is allowed to.
  await machine.run('systemctl', ['reset-failed', UNIT])
  await machine.run('systemctl', ['restart', '--no-block', UNIT])
  terminal.say(
    hasPatient
      ? 'Service    started, now and at every boot: hygeia-agent status'
      : 'Service    starts once this device has a patient',
  )
  return hasPatient
}
