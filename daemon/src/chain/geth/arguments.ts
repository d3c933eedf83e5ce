import type { GethFolder } from './folder.ts'
import { recommitMs } from './recommit.ts'

export interface GethOptions {
  readonly chainId: number
  readonly periodSec: number
  /** Address that seals. */
  readonly validator: string
  /** Gas in a block that this node seals. */
  readonly gasLimit: number
  /** Memory for caches, MiB. */
  readonly cacheMb: number
  /** Address and port for other nodes. */
  readonly p2p: { readonly host: string; readonly port: number }
  /** `enode://…` of the other hospitals' nodes. */
  readonly peers: readonly string[]
}

/** What decides how state is kept: the same for `init`, `import` and running, or geth refuses the folder. */
export function storageArguments({ dir }: GethFolder): readonly string[] {
  return ['--datadir', dir, '--db.engine', 'pebble', '--state.scheme', 'hash']
}

/**
 * Flags of a running node: JSON-RPC on a unix socket only, nothing unlocked elsewhere, no discovery, sealing only when told.
 *
 * @see geth 1.13.15, `geth --help`
 */
export function runArguments(folder: GethFolder, options: GethOptions): readonly string[] {
  const { chainId, periodSec, validator, gasLimit, cacheMb } = options
  return [
    '--config',
    folder.config,
    ...storageArguments(folder),
    ...['--networkid', String(chainId)],
    // A pruning node keeps recent state in memory and rewinds when it is killed.
    ...['--syncmode', 'full', '--gcmode', 'archive'],
    // Receipts are asked for by transaction, however old.
    ...['--history.transactions', '0'],
    ...['--cache', String(cacheMb)],
    ...['--ipcpath', folder.ipc],
    // The engine API, which no one here uses, cannot be left out: any free port of loopback, behind its secret.
    ...['--authrpc.addr', '127.0.0.1', '--authrpc.port', '0'],
    ...['--nodekey', folder.nodeKey],
    ...['--unlock', validator, '--password', folder.password],
    ...['--miner.etherbase', validator],
    // Tips of less than a gwei would be left out, and blocks be those of somebody else's gas limit.
    ...['--miner.gasprice', '1', '--miner.gaslimit', String(gasLimit)],
    ...['--miner.recommit', `${recommitMs(periodSec)}ms`, '--txpool.pricelimit', '1', '--rpc.txfeecap', '0'],
    ...['--verbosity', '3', '--log.format', 'json'],
  ]
}

/** geth's configuration file: what has no flag. @see geth `dumpconfig` */
export function configToml({ p2p, peers }: Pick<GethOptions, 'p2p' | 'peers'>): string {
  const quoted = (text: string) => JSON.stringify(text)
  const host = p2p.host.includes(':') ? `[${p2p.host}]` : p2p.host
  return [
    '[Node.P2P]',
    `ListenAddr = ${quoted(`${host}:${p2p.port}`)}`,
    'NoDiscovery = true',
    'DiscoveryV4 = false',
    'DiscoveryV5 = false',
    'MaxPeers = 50',
    'BootstrapNodes = []',
    'BootstrapNodesV5 = []',
    `StaticNodes = [${peers.map(quoted).join(', ')}]`,
    // Hospitals find room when strangers have taken all.
    `TrustedNodes = [${peers.map(quoted).join(', ')}]`,
    '',
  ].join('\n')
}
