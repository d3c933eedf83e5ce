import staticFiles from '@fastify/static'
import type { FastifyReply } from 'fastify'
import { hospitalOrigins, type OriginDeps } from '../hospital-origins.ts'
import { contentSecurityPolicy, PERMISSIONS_POLICY } from '../page-policy.ts'
import type { DappPort } from '../ports.ts'
import { ApiError } from '../problem.ts'
import type { App } from '../server.ts'

export interface DappDeps extends OriginDeps {
  readonly dapp: DappPort
}

const INDEX = 'index.html'
/** Names of what the build puts there hold a hash of it. */
const HASHED = 'assets/'
const A_YEAR = 'public, max-age=31536000, immutable'
/** Kept, but asked about each time: a new build is seen at once. */
const EACH_TIME = 'no-cache'
/** First parts of addresses that are no pages. */
const NO_PAGES = new Set(['v1', 'healthz', 'readyz', 'metrics', 'openapi', 'assets'])
const PAGE = /^[a-z0-9-]+(?:\/[A-Za-z0-9_-]+)*\/?$/

/** The web app, where it is built; else a page that says how to. */
export async function dappRoutes(app: App, { dapp, ...deps }: DappDeps): Promise<void> {
  const { root } = dapp
  const asPage = (reply: FastifyReply) =>
    reply
      .header('content-security-policy', contentSecurityPolicy(hospitalOrigins(deps)))
      .header('permissions-policy', PERMISSIONS_POLICY)
  if (root === undefined) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').header('cache-control', EACH_TIME).send(UNBUILT),
    )
    return
  }
  await app.register(staticFiles, { root, serve: false, preCompressed: true, cacheControl: false })
  app.get<{ Params: { '*': string } }>('/*', { schema: { hide: true } }, async (request, reply) => {
    const name = request.params['*']
    if (dapp.files.has(name)) {
      const kept = name.startsWith(HASHED) ? A_YEAR : EACH_TIME
      return asPage(reply).header('cache-control', kept).sendFile(name)
    }
    if (isPage(name, request.headers.accept)) {
      return asPage(reply).header('cache-control', EACH_TIME).sendFile(INDEX)
    }
    throw new ApiError('NO_SUCH_ROUTE')
  })
}

/** Whether a browser asks here for a page, which the app itself then shows: an API client gets its problem. */
function isPage(name: string, accept: string | undefined): boolean {
  if (accept?.includes('text/html') !== true) return false
  const [first = ''] = name.split('/')
  return name === '' || (PAGE.test(name) && !NO_PAGES.has(first))
}

const UNBUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Hygeia</title>
<h1>The web app is not built here</h1>
<p>This hospital runs and answers devices, physicians and patients; <code>/openapi.json</code> says what.
<p>To have its pages as well, run <code>make dapp</code> in the checkout that it was started from, or name the folder of
a built one as <code>dapp.dir</code> in its configuration, and start it again.
</html>
`
