/** Channels whose readings are events, or no curve. */
const NO_CURVES: ReadonlySet<string> = new Set([
  'alarm',
  'news2',
  'patient-event',
  'consciousness',
  'oxygen',
  'symptom',
])

/** Whether readings of a channel mean something one by one. */
export const isWaveformChannel = (channel: string) => /^(ecg|ppg|respiration$)/.test(channel)

/** Whether a channel is drawn over time with the others; waveforms have a strip of their own. */
export const isCurve = (channel: string) => !NO_CURVES.has(channel) && !isWaveformChannel(channel)
