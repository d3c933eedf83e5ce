import { fileURLToPath } from 'node:url'
import type { AgentConfig } from '../config/config.ts'
import type { NodeHost } from './node-host.ts'

const SESSION_SEC = 3_600
const NODES = fileURLToPath(new URL('../nodes', import.meta.url))

/** Core nodes that run programs, read any file or open ports: nothing that a bedside needs. */
const EXCLUDED = [
  '90-exec.js',
  '10-file.js',
  '11-watch.js',
  '05-tls.js',
  '06-httpproxy.js',
  '31-tcpin.js',
  '32-udp.js',
]

export interface EditorSettings {
  readonly userDir: string
  /** bcrypt; undefined when headless. */
  readonly passwordHash: string | undefined
  /** Of the flow's credentials. */
  readonly credentialSecret: string
  readonly isSafe: boolean
}

/** What Node-RED is told: locked but for what `config.allow` opens. */
export function nodeRedSettings(
  config: AgentConfig['editor'],
  { userDir, passwordHash, credentialSecret, isSafe }: EditorSettings,
  hygeia: NodeHost,
) {
  const { palette, modules, http } = config.allow
  return {
    userDir,
    flowFile: 'flows.json',
    nodesDir: [NODES],
    nodesExcludes: http ? EXCLUDED : [...EXCLUDED, '21-httpin.js', '22-websocket.js'],
    credentialSecret,
    safeMode: isSafe,
    httpAdminRoot: config.headless ? false : '/',
    httpNodeRoot: http ? '/flows' : false,
    disableEditor: config.headless,
    ...(passwordHash === undefined
      ? {}
      : {
          adminAuth: {
            type: 'credentials',
            users: [{ username: 'hygeia', password: passwordHash, permissions: '*' }],
            sessionExpiryTime: SESSION_SEC,
          },
        }),
    functionExternalModules: modules,
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: palette, allowUpdate: palette, allowUpload: false },
      modules: { allowInstall: modules },
    },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: {
      page: { title: 'Hygeia' },
      header: { title: 'Hygeia' },
      projects: { enabled: false },
      tours: false,
      palette: { categories: ['hygeia', 'subflows', 'common', 'function', 'network', 'sequence', 'parser'] },
    },
    logging: { console: { level: 'warn', metrics: false, audit: false } },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: false, ui: false },
    hygeia,
  }
}
