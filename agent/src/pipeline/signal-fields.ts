import type { z } from 'zod'
import type { SignalConfig } from '../signals/config.ts'

type Json = z.core.util.JSONType

const common = ['from', 'rateHz']
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ecg: [...common, 'heartRate', 'rrInterval', 'quality'],
  ppg: [...common, 'isInverted', 'heartRate', 'quality', 'respiratoryRate'],
  belt: [...common, 'leastSwing', 'respiratoryRate'],
}
const NUMBERS: readonly string[] = ['rateHz', 'leastSwing']

/**
 * The signal of the configuration that a *signal* node describes, not yet checked. What the node leaves empty, or its
 * kind does not have, is left out.
 */
export function signalOf(node: Readonly<Record<string, unknown>>): { readonly [field: string]: Json } {
  const entries = (FIELDS[String(node.kind)] ?? []).flatMap((field): [string, Json][] => {
    const value = node[field]
    if (value === undefined || value === '' || value === null) return []
    return [[field, NUMBERS.includes(field) ? Number(value) : (value as Json)]]
  })
  const { everySec } = node
  const every =
    everySec === undefined || everySec === '' ? {} : { everyMs: Math.round(Number(everySec) * 1_000) }
  return { kind: String(node.kind), ...Object.fromEntries(entries), ...every }
}

/** The same the other way round. */
export function signalFields({ everyMs, ...signal }: SignalConfig): Readonly<Record<string, unknown>> {
  const fields = Object.entries(signal).map(([field, value]) => [
    field,
    typeof value === 'object' ? value.name : value,
  ])
  return { ...Object.fromEntries(fields), everySec: everyMs / 1_000 }
}
