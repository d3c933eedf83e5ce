/** The one policy that the pages' Content-Security-Policy lets them make. */
const NAME = 'hygeia'

interface Policy {
  createScriptURL(url: string): unknown
}
declare global {
  interface Window {
    readonly trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy
    }
  }
}

/** Only what this origin serves may run as a worker. */
function ownUrl(url: string): string {
  const { origin, href } = new URL(url, location.href)
  if (origin !== location.origin) throw new TypeError(`not of this origin: ${url}`)
  return href
}

const policy = window.trustedTypes?.createPolicy(NAME, { createScriptURL: ownUrl })

/** Address of a script of this build, as browsers with Trusted Types want it. @see W3C Trusted Types */
export function scriptUrl(url: string): string {
  return (policy?.createScriptURL(url) ?? ownUrl(url)) as string
}
