import type { BrowsersConfig } from '../config/browsers.ts'

/** What browsers make of the pages that they get here. */
export interface BrowserTrust {
  readonly isTrusted: boolean
  /** What they refuse to an origin whose certificate they do not trust. @see W3C Secure Contexts, Service Workers */
  readonly disabled: readonly string[]
}

const NEEDS_TRUST = [
  'service worker (pages without a network, installing)',
  'push (alerts with the pages closed)',
  'passkeys (unlocking without the passphrase)',
]

export function browserTrust(browsers: BrowsersConfig | undefined): BrowserTrust {
  return browsers === undefined
    ? { isTrusted: false, disabled: NEEDS_TRUST }
    : { isTrusted: true, disabled: [] }
}

/** In one line, for people. */
export function trustLine({ isTrusted, disabled }: BrowserTrust): string {
  return isTrusted
    ? 'come with a certificate that browsers trust'
    : `come with the hospital CA's certificate, which browsers do not trust; they refuse: ${disabled.join(', ')}. ` +
        'Give browsers.certificate in the configuration to have them'
}
