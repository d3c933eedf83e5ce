/** Name of the one Trusted Types policy that the web app may make: for the addresses of its own workers. */
export const TRUSTED_TYPES_POLICY = 'hygeia'

/**
 * What pages and workers of the web app may do.
 *
 * @param hospitals - origins of the consortium's other hospitals, whose proxies the web app asks
 * @see CSP Level 3, Trusted Types
 */
export function contentSecurityPolicy(hospitals: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    ["connect-src 'self'", ...hospitals].join(' '),
    "worker-src 'self'",
    "manifest-src 'self'",
    "font-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${TRUSTED_TYPES_POLICY}`,
  ].join('; ')
}

/**
 * Abilities of the machine that pages have: the camera for codes, passkeys, the clipboard and the screen; nothing else.
 *
 * @see W3C Permissions Policy
 */
export const PERMISSIONS_POLICY = [
  ...[
    'camera',
    'clipboard-write',
    'fullscreen',
    'publickey-credentials-create',
    'publickey-credentials-get',
  ].map((name) => `${name}=(self)`),
  ...[
    'accelerometer',
    'autoplay',
    'browsing-topics',
    'clipboard-read',
    'display-capture',
    'geolocation',
    'gyroscope',
    'hid',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'serial',
    'usb',
    'xr-spatial-tracking',
  ].map((name) => `${name}=()`),
].join(', ')
