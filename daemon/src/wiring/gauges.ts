import { lastBackupAt } from '../backup/last.ts'
import { gauge } from '../metrics/gauge.ts'
import { METRICS } from '../metrics/names.ts'
import type { ChainParts } from './chain.ts'
import type { Context } from './context.ts'
import type { IngestParts } from './ingest.ts'

/** What no single part of the hospital counts: how its chain, anchors, certificate and backups are. */
export function openGauges(context: Context, { engine }: ChainParts, { store }: IngestParts): void {
  const { clock, config, metrics, tls } = context
  gauge(metrics, METRICS.chainHead, () => engine.head.number)
  gauge(metrics, METRICS.chainFinal, () => engine.head.finalNumber)
  gauge(metrics, METRICS.chainHeadAgeSeconds, () => Math.max(0, clock.now() - engine.head.at) / 1_000)
  gauge(metrics, METRICS.openAnchors, () => store.anchors.open.length)
  gauge(metrics, METRICS.certificateLeftSeconds, () => (tls.notAfter.getTime() - clock.now()) / 1_000)
  gauge(metrics, METRICS.backupAgeSeconds, async () => {
    const at = await lastBackupAt(config.dataDir)
    return at === undefined ? -1 : Math.max(0, clock.now() - at) / 1_000
  })
}
