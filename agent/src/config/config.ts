import { isAbsolute, join } from 'node:path'
import type { Category, Channel } from '@hygeia/protocol/channel'
import { PRIORITIES } from '@hygeia/protocol/sealed/header'
import * as z from 'zod'
import { AlertsConfig, linesOf } from '../alerts/config.ts'
import { linesOfSensor, rateOf, SamplingConfig, SensorsConfig, SimulationConfig } from '../sampling/config.ts'
import { inputsOf, outputsOf, SignalsConfig } from '../signals/config.ts'

const absolutePath = z.string().refine(isAbsolute, 'not an absolute path')
const MIB = 1_048_576
/** Filters are made for a rate; a chip may be off by this fraction of it. */
const RATE_TOLERANCE = 0.1
const windowMs = z.int().min(1_000).max(3_600_000)
const priority = z.enum(PRIORITIES)

const BatchConfig = z.strictObject({
  /** Span of one batch, by category. An alert leaves at once. */
  windowMs: z
    .strictObject({
      vitals: windowMs.default(60_000),
      ecg: windowMs.default(60_000),
      activity: windowMs.default(60_000),
      environment: windowMs.default(60_000),
    })
    .prefault({}),
  /** Most samples in one batch. */
  maxSamples: z.int().min(1).max(65_536).default(32_768),
  /** The open windows go to disk this often, in time of the samples: a power cut costs at most twice this. */
  journalMs: z.int().min(100).max(600_000).default(1_000),
  /** How long samples wait for somebody to set the clock before they are sealed undated. */
  undatedAfterMs: z.int().min(0).max(86_400_000).default(600_000),
})

const SealConfig = z.strictObject({
  /** How long one data key is used, in time of the samples; 0 makes one for every batch. */
  keyEpochMs: z.int().min(0).max(86_400_000).default(900_000),
  /** Status warns when the label keys run out within so many days. */
  warnDays: z.int().min(0).max(730).default(60),
  priorities: z
    .strictObject({
      vitals: priority.default('vitals'),
      ecg: priority.default('ecg'),
      activity: priority.default('rest'),
      environment: priority.default('rest'),
      alert: priority.default('alert'),
    })
    .prefault({}),
})

const SpoolConfig = z.strictObject({
  /** Most bytes of sealed batches. From three quarters on less is recorded, in the end nothing but alerts. */
  limitBytes: z
    .int()
    .min(65_536)
    .max(64 * 1024 * MIB)
    .default(512 * MIB),
  /** Most bytes of batches that a hospital refused for ever, kept to be looked at. */
  deadLimitBytes: z
    .int()
    .min(0)
    .max(1024 * MIB)
    .default(8 * MIB),
})

const UplinkConfig = z.strictObject({
  kind: z.enum(['mqtt', 'coap']).default('mqtt'),
  /** Where the hospital of the pairing is, when not where it said then: `mqtts://…` or `coap://…`. */
  url: z.url({ protocol: /^(mqtts|coap)$/ }).optional(),
  /** Batches sent and not yet answered. */
  inFlight: z.int().min(1).max(1_000).optional(),
  /** Batches answered whose receipts are to come. */
  awaitingLimit: z.int().min(1).max(100_000).default(8_192),
  /** A batch whose receipt did not come for so long is sent again. */
  resendAfterMs: z.int().min(1_000).max(86_400_000).default(120_000),
  /** Nothing acknowledged for so long: connect anew. */
  stallMs: z.int().min(200).max(600_000).default(20_000),
  /** Longest wait for the answer to one CoAP request, with all its blocks and repetitions. */
  answerMs: z.int().min(200).max(600_000).default(60_000),
  /** Longest wait between two attempts to reach a hospital that is away. */
  retryLimitMs: z.int().min(100).max(3_600_000).default(60_000),
  /** How often the hospital hears how this device is. */
  statusEveryMs: z.int().min(1_000).max(86_400_000).default(300_000),
  /** When the device knows several hospitals. */
  failOver: z
    .strictObject({
      /** One that answers nothing for so long is passed over; 20 s with MQTT and 60 s with CoAP unless told. */
      afterMs: z.int().min(500).max(3_600_000).optional(),
      /** A preferred one has to answer for so long before it is spoken to again. */
      returnAfterMs: z.int().min(500).max(86_400_000).default(60_000),
    })
    .prefault({}),
})

const EditorConfig = z.strictObject({
  /** Whether Node-RED runs at all; without it the pipeline runs as it was last deployed. */
  enabled: z.boolean().default(true),
  /** Show no editor; flows with other nodes than those of the pipeline run all the same. */
  headless: z.boolean().default(false),
  host: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]).default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(1_880),
  /** Hash of the editor's password, as `hygeia-agent password` writes it; in the state directory unless told. */
  passwordFile: absolutePath.optional(),
  /** PEM. Without it, an editor that other machines reach makes a certificate of its own. */
  tls: z.strictObject({ certFile: absolutePath, keyFile: absolutePath }).optional(),
  /** What the patient opened with `hygeia-agent allow`. */
  allow: z
    .strictObject({
      /** Installing nodes from the editor. */
      palette: z.boolean().default(false),
      /** Modules in function nodes. */
      modules: z.boolean().default(false),
      /** HTTP-in nodes under /flows. */
      http: z.boolean().default(false),
    })
    .prefault({}),
})

/** Everything the agent may be told from outside. A field not listed here does not exist. */
export const AgentConfig = z
  .strictObject({
    /** Spool, journal, pairing and label keys. */
    stateDir: absolutePath,
    /** The device's key, mode 0600; `device.key` in the state directory unless told. */
    signingKeyFile: absolutePath.optional(),
    logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
    sensors: SensorsConfig,
    /** What is derived from their waveforms. */
    signals: SignalsConfig.default([]),
    alerts: AlertsConfig.prefault({}),
    /** Socket for the commands of this machine; `control.sock` in the state directory unless told. */
    controlSocket: absolutePath.optional(),
    sampling: SamplingConfig.prefault({}),
    /** Simulated chips in place of the sensors. */
    simulation: SimulationConfig.optional(),
    /** When a simulated recording ended: leave once every receipt is in, or stay. */
    atRecordingEnd: z.enum(['leave', 'stay']).default('leave'),
    batch: BatchConfig.prefault({}),
    seal: SealConfig.prefault({}),
    spool: SpoolConfig.prefault({}),
    uplink: UplinkConfig.prefault({}),
    editor: EditorConfig.prefault({}),
    status: z
      .strictObject({
        /** Rewritten every second: on a card, name one under /run. `status.json` in the state directory unless told. */
        file: absolutePath.optional(),
        everyMs: z.int().min(100).max(5_000).default(1_000),
      })
      .prefault({}),
  })
  .superRefine(({ uplink, sensors, signals, alerts }, context) => {
    const schemes = { mqtt: 'mqtts:', coap: 'coap:' } as const
    if (uplink.url !== undefined && new URL(uplink.url).protocol !== schemes[uplink.kind]) {
      const message = `not a ${schemes[uplink.kind]} address`
      context.addIssue({ code: 'custom', message, path: ['uplink', 'url'] })
    }
    const measured = new Set(sensors.flatMap(({ channels }) => channels.map(({ channel }) => channel.name)))
    const rates = new Map(
      sensors.flatMap((sensor) =>
        sensor.channels.map(({ channel }) => [channel.name, rateOf(sensor)] as const),
      ),
    )
    const filled = new Set(measured)
    for (const [index, signal] of signals.entries()) {
      for (const [field, { name }] of Object.entries(inputsOf(signal))) {
        if (measured.has(name)) continue
        const message = `no sensor measures ${name}`
        context.addIssue({ code: 'custom', message, path: ['signals', index, field] })
      }
      const rate = rates.get(signal.from.name)
      if (rate !== undefined && Math.abs(signal.rateHz - rate) > RATE_TOLERANCE * rate) {
        const message = `${signal.from.name} comes at ${rate} a second`
        context.addIssue({ code: 'custom', message, path: ['signals', index, 'rateHz'] })
      }
      for (const { name } of outputsOf(signal)) {
        if (filled.has(name)) {
          const message = `channel ${name} is used twice`
          context.addIssue({ code: 'custom', message, path: ['signals', index] })
        }
        filled.add(name)
      }
    }
    for (const { channel } of alerts.thresholds) {
      if (filled.has(channel.name)) continue
      const message = `nothing measures ${channel.name}`
      context.addIssue({ code: 'custom', message, path: ['alerts', 'thresholds'] })
    }
    for (const line of linesTwice({ sensors, alerts })) {
      context.addIssue({ code: 'custom', message: `GPIO ${line} is used twice`, path: ['alerts'] })
    }
  })
export type AgentConfig = z.infer<typeof AgentConfig>

/** GPIO lines that two parts of the machine would take. */
export function linesTwice({ sensors, alerts }: Pick<AgentConfig, 'sensors' | 'alerts'>): readonly number[] {
  const lines = [...sensors.flatMap((sensor) => Object.values(linesOfSensor(sensor))), ...linesOf(alerts)]
  return lines.filter((one, index) => lines.indexOf(one) !== index)
}

/** Whether only this machine reaches what listens at `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** Channels that sensors and signals fill. */
export function channelsOf({
  sensors,
  signals,
}: Pick<AgentConfig, 'sensors' | 'signals'>): readonly Channel[] {
  return [
    ...sensors.flatMap(({ channels }) => channels.map(({ channel }) => channel)),
    ...signals.flatMap(outputsOf),
  ]
}

/** Where the agent keeps what, all below one directory. */
export function pathsOf({ stateDir, signingKeyFile, status, controlSocket, editor }: AgentConfig) {
  const within = (name: string) => join(stateDir, name)
  return {
    signingKey: signingKeyFile ?? within('device.key'),
    pairing: within('pairing.json'),
    enrolment: within('enrolment'),
    labelKeys: within('label-keys.cbor'),
    hospitals: within('hospitals.json'),
    database: within('agent.db'),
    mark: within('agent.db.mark'),
    ballast: within('agent.db.ballast'),
    simulation: within('simulation.json'),
    pipeline: within('pipeline.json'),
    editor: within('editor'),
    editorFlow: within('editor/flows.json'),
    editorPassword: editor.passwordFile ?? within('editor/editor.password'),
    status: status.file ?? within('status.json'),
    control: controlSocket ?? within('control.sock'),
  }
}

/** Longest span of a window, for every category. */
export function windowsOf({ windowMs }: AgentConfig['batch']): Readonly<Record<Category, number>> {
  return { ...windowMs, alert: 0 }
}
