/** So many reports in a row must agree; with one a second over eight seconds each, about ten seconds of pulse. */
const AGREEING = 10
/** Of the uncalibrated curve about 85 %: what is well below is oxygenated blood with the LEDs where they belong. */
const MOST_IN_ORDER = 0.8
const LEAST_SWAPPED = 1 / MOST_IN_ORDER

/**
 * Whether the red and the infrared LED of a board are where the datasheet has them; some clones have them in each
 * other's place.
 *
 * No register tells: each LED's current darkens its own slot of the FIFO, whatever its colour. Nor does the level of the
 * light: at the same current it depends on the LED, the skin and its colour by more than on the wavelength. What is left
 * is the pulse: with nearly all haemoglobin oxygenated it takes about half as much of red as of infrared light, and on a
 * swapped board twice as much. Blood of a saturation below some 80 % looks the same as a swapped board, so:
 *
 * - what looks in order counts as that only after ten reports that agree; nothing in between decides;
 * - what looks swapped is never put right by itself: a dying patient would be shown as well. It stays in doubt, and no
 *   SpO2 is given, until somebody has looked which LED is the red one, which `hygeia-agent scan` asks.
 *
 * One case is not found: a swapped board whose first finger is of a patient below some 80 %.
 */
export class LedOrder {
  #state: 'undecided' | 'in-order' | 'doubtful' = 'undecided'
  #agreeing = 0

  get state(): 'undecided' | 'in-order' | 'doubtful' {
    return this.#state
  }

  /** @param ratio - of the pulsation in the light that should be red to that in the other */
  push(ratio: number): void {
    if (this.#state !== 'undecided') return
    const sign = ratio <= MOST_IN_ORDER ? 1 : ratio >= LEAST_SWAPPED ? -1 : 0
    if (sign === 0 || Math.sign(this.#agreeing) === -sign) this.#agreeing = 0
    this.#agreeing += sign
    if (this.#agreeing === AGREEING) this.#state = 'in-order'
    if (this.#agreeing === -AGREEING) this.#state = 'doubtful'
  }

  /** Another board may be there. */
  clear(): void {
    this.#state = 'undecided'
    this.#agreeing = 0
  }
}
