import type { Ring } from './ring.ts'

/**
 * How alike the beats of a stretch look: the mean correlation of each with their average.
 *
 * @param ages - how many values ago each beat was, oldest first
 * @param width - values around a beat that are compared, centred on it
 * @returns −1 to 1; `undefined` when fewer than three beats lie whole in the ring
 * @see Orphanidou et al., "Signal-quality indices for the electrocardiogram and photoplethysmogram", IEEE Journal of
 *   Biomedical and Health Informatics 19(3), 2015
 */
export function likeness(band: Ring, ages: readonly number[], width: number): number | undefined {
  const half = width >> 1
  const whole = ages.filter((age) => age >= half && age + half < band.length)
  if (whole.length < 3) return undefined
  const template = new Float64Array(2 * half + 1)
  for (const age of whole) {
    for (let place = -half; place <= half; place++) {
      template[place + half] = (template[place + half] ?? 0) + band.at(age - place)
    }
  }
  let sum = 0
  for (const age of whole) sum += correlation(band, age, half, template)
  return sum / whole.length
}

/** Pearson's, of the values around `age` with the template. */
function correlation(band: Ring, age: number, half: number, template: Float64Array): number {
  let x = 0
  let y = 0
  let xx = 0
  let yy = 0
  let xy = 0
  for (let place = -half; place <= half; place++) {
    const a = band.at(age - place)
    const b = template[place + half] ?? 0
    x += a
    y += b
    xx += a * a
    yy += b * b
    xy += a * b
  }
  const count = template.length
  const spread = Math.sqrt((count * xx - x * x) * (count * yy - y * y))
  return spread > 0 ? (count * xy - x * y) / spread : 0
}
