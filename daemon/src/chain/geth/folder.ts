import { join } from 'node:path'

/** Where geth's files are, below one folder of its own. */
export interface GethFolder {
  readonly dir: string
  readonly config: string
  readonly genesis: string
  readonly keystore: string
  readonly password: string
  readonly nodeKey: string
  readonly ipc: string
  /** Exists once `geth init` or `geth import` has run to its end. */
  readonly initialised: string
}

export function gethFolder(dir: string): GethFolder {
  return {
    dir,
    config: join(dir, 'config.toml'),
    genesis: join(dir, 'genesis.json'),
    keystore: join(dir, 'keystore', 'validator.json'),
    password: join(dir, 'password'),
    nodeKey: join(dir, 'nodekey'),
    ipc: join(dir, 'geth.ipc'),
    initialised: join(dir, 'initialised'),
  }
}
