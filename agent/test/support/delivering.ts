import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseBootId } from '@hygeia/protocol/ids'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { AgentConfig } from '../../src/config/config.ts'
import { Delivery } from '../../src/delivery/delivery.ts'
import { readPairing, writePairing } from '../../src/hospital/pairing-record.ts'
import { identityOf } from '../../src/identity/device-key.ts'
import { SENSORS } from './bedside.ts'
import { chunkOf, clocksOf, DEVICE, DEVICE_KEY, LOG, NEVER, pulses } from './line.ts'
import { REALM } from './realm.ts'
import type { Setting } from './setting.ts'

export interface Delivering {
  readonly delivery: Delivery
  readonly faults: unknown[]
  /** One minute of samples after the other, each sealed at once. */
  minutes(count: number): Promise<void>
  take(samples: readonly Sample[]): Promise<void>
  stop(): Promise<void>
}

/** The delivering half of an agent in this process, on the state in the setting's folder. */
export async function deliver(
  setting: Setting,
  config: Record<string, unknown> = {},
  {
    startUnix = Date.UTC(2025, 5, 15),
    labelKeys = {} as Parameters<Setting['patient']['labelKeys']>[2],
    hospitals = [setting.pinned],
  } = {},
): Promise<Delivering> {
  const { folder, patient } = setting
  const path = join(folder, 'pairing.json')
  const record = (await readPairing(path)) ?? {
    realm: REALM,
    patient: patient.signer.address,
    device: DEVICE.address,
    hospitals,
    labelKeys: patient.labelKeys(REALM, DEVICE.address, labelKeys),
  }
  await writePairing(path, record)
  const faults: unknown[] = []
  const parsed = AgentConfig.parse({
    stateDir: folder,
    sensors: SENSORS,
    simulation: { source: { kind: 'noise' } },
    ...config,
  })
  const delivery = await Delivery.open(parsed, {
    identity: identityOf(DEVICE_KEY),
    pairing: record,
    log: LOG,
    onFault: (cause) => faults.push(cause),
    onRoom: () => {},
  })
  delivery.start()
  // A boot for each start: time goes on from where it was.
  let minute = 0
  const boot = parseBootId(`0x${randomBytes(8).toString('hex')}`)
  const clocks = clocksOf(startUnix, boot)
  return {
    delivery,
    faults,
    async minutes(count) {
      for (let one = 0; one < count; one++, minute++) {
        await delivery.take(chunkOf(pulses(minute * 60, minute * 60 + 60), clocks), NEVER)
        await delivery.take({ ...chunkOf([], clocks), at: ((minute + 1) * 60_000) as MonotonicMs }, NEVER)
      }
    },
    async take(samples) {
      await delivery.take(chunkOf(samples, clocks), NEVER)
    },
    stop: () => delivery.stop(),
  }
}
