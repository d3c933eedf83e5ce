/** Channels whose readings are events, or no curve. */
const NO_CURVES: ReadonlySet<string> = new Set([
  'alarm',
  'news2',
  'patient-event',
  'consciousness',
  'oxygen',
  'symptom',
])

/** Whether a channel is drawn over time with the others; waveforms have a strip of their own. */
export const isCurve = (channel: string) =>
  !NO_CURVES.has(channel) && !/^(ecg|ppg|respiration$)/.test(channel)
