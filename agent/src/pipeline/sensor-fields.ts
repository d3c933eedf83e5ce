import type { z } from 'zod'
import type { FlowNode } from './flow.ts'

type Json = z.core.util.JSONType

/** Fields of a sensor that a node keeps as text, and how the configuration has them. */
const NUMBERS = [
  'bus',
  'line',
  'resetLine',
  'mfioLine',
  'minConfidence',
  'debounceMs',
  'resolutionBits',
  'readyLine',
  'interruptLine',
  'gain',
  'rangeV',
  'periodMs',
] as const
/** What the chip calls `inputs`: to Node-RED, a node's are those of its wires. */
export const SEVERAL_INPUTS = 'severalInputs'
/** What a node may carry for its sensor besides; anything else belongs to the editor. */
const PLAIN = ['kind', 'isActiveLow', 'spo2Coefficients', 'input', 'frontEnd'] as const
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  tmp117: ['bus', 'address'],
  lm75: ['bus', 'address', 'resolutionBits'],
  mlx90614: ['bus', 'address'],
  bme280: ['bus', 'address'],
  mpu6050: ['bus', 'address'],
  max32664: ['bus', 'address', 'resetLine', 'mfioLine', 'minConfidence', 'spo2Coefficients'],
  ads1115: [
    'bus',
    'address',
    'input',
    'readyLine',
    'leadOffLines',
    'frontEnd',
    'gain',
    'rangeV',
    'inputs',
    'periodMs',
  ],
  max30102: ['bus', 'address', 'interruptLine', 'areLedsSwapped'],
  button: ['line', 'debounceMs', 'isActiveLow'],
}

/**
 * The sensor of the configuration that a *sensor* node describes, not yet checked. A field that the node leaves
 * empty, or that its kind does not have, is left out, so that the configuration's default holds.
 */
export function sensorOf(node: FlowNode): { readonly [field: string]: Json } {
  const own = FIELDS[String(node.kind)] ?? []
  const entries = own.flatMap((field): [string, Json][] => {
    const value = node[field === 'inputs' ? SEVERAL_INPUTS : field]
    if (value === undefined || value === '' || value === null) return []
    if ((NUMBERS as readonly string[]).includes(field)) return [[field, Number(value)]]
    if (field === 'address') return [[field, addressOf(value)]]
    if (field === 'leadOffLines') return [[field, linesOf(value)]]
    if (field === 'areLedsSwapped') return [[field, String(value) === 'true']]
    if (field === 'inputs') return [[field, jsonOf(value)]]
    return (PLAIN as readonly string[]).includes(field) ? [[field, value as Json]] : []
  })
  const channels = (node.channels ?? []) as Json
  return {
    name: String(node.sensor ?? ''),
    kind: String(node.kind),
    ...Object.fromEntries(entries),
    channels,
  }
}

function addressOf(value: unknown): Json {
  const text = String(value).trim().toLowerCase()
  return /^\d+$/.test(text) ? Number(text) : text
}

/** A list, or a text with commas between. */
function linesOf(value: unknown): Json {
  const lines = String(value)
    .split(',')
    .filter((line) => line.trim() !== '')
  return lines.map(Number)
}

/** What it is, or what its text says; a text that says nothing is left for the check to refuse. */
function jsonOf(value: unknown): Json {
  if (typeof value !== 'string') return value as Json
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
