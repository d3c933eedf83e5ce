import type {
  CertificateView,
  DeviceView,
  HospitalView,
  IngestView,
  IpfsView,
  ValidatorView,
} from '@hygeia/dapp/staff/answers'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import type { Finding, FindingName, Tone } from './finding.ts'

/** Below this a disk fills up before somebody who looks once a day has seen it. */
const DISK_LOW_BYTES = 5 * 2 ** 30
/** Blocks whose anchors are fetched in any case a moment later. */
const LAG_BLOCKS = 10
/** Refusals within an hour that are more than a misconfigured device now and then. */
const REFUSALS_AN_HOUR = 20
/** A device sends at least a batch a minute; ten missing ones are no hiccup. */
export const DEVICE_AWAY_MS = 10 * MINUTE_MS
/** A night without anybody who can mend the line. */
const SPOOL_SOON_HOURS = 12
/** As the device itself warns. */
const LABEL_KEY_SOON_DAYS = 60
export const CERTIFICATE_SOON_DAYS = 30

const finding = (tone: Tone, what: FindingName, count = 0): Finding => ({ tone, what, count })
/** The first that is the case; they stand in the order of their weight. */
const first = (findings: readonly (Finding | false)[], otherwise: Finding): Finding =>
  findings.find((found) => found !== false) ?? otherwise

export function judgeValidator({ isStalled, validators, head }: ValidatorView): Finding {
  return first(
    [
      isStalled && finding('bad', 'stalled', head),
      validators.length === 1 && finding('good', 'single', head),
    ],
    finding('good', 'sealing', validators.length),
  )
}

export function judgeIpfs({ disk, faulty, lagBlocks, underReplicated, objects }: IpfsView): Finding {
  return first(
    [
      !disk.isUp && finding('bad', 'disk-down'),
      disk.isRefusing && finding('bad', 'disk-full'),
      faulty.length > 0 && finding('bad', 'faulty', faulty.length),
      disk.freeBytes < DISK_LOW_BYTES && finding('warn', 'disk-low'),
      lagBlocks > LAG_BLOCKS && finding('warn', 'lagging', lagBlocks),
      underReplicated > 0 && finding('warn', 'under-replicated', underReplicated),
    ],
    finding('good', 'stored', objects),
  )
}

/** @param now - ms since the Unix epoch */
export function judgeIngest({ incidents, perMinute }: IngestView, now: number): Finding {
  const within = (spanMs: number, reason?: string) =>
    incidents
      .filter(
        (incident) => now - incident.last < spanMs && (reason === undefined || incident.reason === reason),
      )
      .reduce((sum, { count }) => sum + count, 0)
  const forks = within(DAY_MS, 'FORKED')
  const refusals = within(HOUR_MS)
  return first(
    [
      forks > 0 && finding('warn', 'forked', forks),
      refusals > REFUSALS_AN_HOUR && finding('warn', 'refusing', refusals),
      perMinute > 0 && finding('good', 'arriving', perMinute),
    ],
    finding('unknown', 'quiet'),
  )
}

export const isAway = ({ lastSeen }: DeviceView, now: number): boolean =>
  lastSeen === null || now - lastSeen > DEVICE_AWAY_MS

/** @param now - ms since the Unix epoch */
export function judgeDevices(devices: readonly DeviceView[], now: number): Finding {
  const soon = devices.filter(({ spoolHours }) => spoolHours !== null && spoolHours < SPOOL_SOON_HOURS).length
  const away = devices.filter((device) => isAway(device, now)).length
  const sensors = devices.reduce((sum, { sensorsAway }) => sum + (sensorsAway ?? 0), 0)
  const keys = devices.filter(
    ({ labelKeyDays }) => labelKeyDays !== null && labelKeyDays < LABEL_KEY_SOON_DAYS,
  ).length
  return first(
    [
      devices.length === 0 && finding('unknown', 'no-devices'),
      soon > 0 && finding('bad', 'spool-full-soon', soon),
      away > 0 && finding('warn', 'devices-away', away),
      sensors > 0 && finding('warn', 'sensors-away', sensors),
      keys > 0 && finding('warn', 'keys-end-soon', keys),
    ],
    finding('good', 'devices-well', devices.length),
  )
}

export function judgeHospitals(hospitals: readonly HospitalView[]): Finding {
  const others = hospitals.filter(({ isOwn, status }) => !isOwn && status === 'active')
  const away = others.filter(({ isAnswering }) => !isAnswering).length
  return first(
    [
      hospitals.some(({ isOwn, status }) => isOwn && status !== 'active') && finding('bad', 'suspended-here'),
      away > 0 && finding('warn', 'hospitals-away', away),
      others.length === 0 && finding('good', 'alone'),
    ],
    finding('good', 'hospitals-well', others.length + 1),
  )
}

export function judgeCertificates(certificates: readonly CertificateView[]): Finding {
  const least = Math.min(...certificates.map(({ days }) => days))
  return first(
    [
      certificates.length === 0 && finding('unknown', 'certificates-well'),
      least < 0 && finding('bad', 'certificate-ended'),
      least < CERTIFICATE_SOON_DAYS && finding('warn', 'certificate-ends', least),
    ],
    finding('good', 'certificates-well', least),
  )
}
