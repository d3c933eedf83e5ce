import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { readKeyFile, writeKeyFile } from '@hygeia/runtime/key-file'
import { computeAddress, encryptKeystoreJson, hexlify } from 'ethers'
import { ChainError } from '../errors.ts'
import { configToml, type GethOptions, storageArguments } from './arguments.ts'
import { enodeOf } from './enode.ts'
import type { GethFolder } from './folder.ts'

/** Longest path of a unix socket, bytes without the final zero. @see unix(7) */
const SOCKET_PATH_LIMIT = 107
/** geth's "light" parameters: the key lies beside the keystore anyway, for the daemon. */
const SCRYPT = { N: 4_096, r: 8, p: 6 }
const LINES_KEPT = 8

/**
 * Write what geth reads: genesis, configuration, node key and keystore.
 *
 * @returns the node's enode URL
 * @throws {ChainError} `GETH_FAILED`
 */
export async function writeGethFiles(
  folder: GethFolder,
  options: GethOptions,
  { genesis, validatorKey }: { genesis: unknown; validatorKey: Uint8Array },
): Promise<string> {
  if (Buffer.byteLength(folder.ipc) > SOCKET_PATH_LIMIT) {
    throw failed('socket', [`${folder.ipc} is too long for a socket: choose a shorter dataDir`])
  }
  await mkdir(folder.dir, { recursive: true, mode: 0o700 })
  await mkdir(dirname(folder.keystore), { recursive: true, mode: 0o700 })
  await writeAtomic(folder.config, configToml(options))
  await writeAtomic(folder.genesis, `${JSON.stringify(genesis)}\n`)
  // Only this start has to know it.
  const password = randomBytes(32).toString('hex')
  const account = { address: computeAddress(hexlify(validatorKey)), privateKey: hexlify(validatorKey) }
  await writeAtomic(folder.keystore, await encryptKeystoreJson(account, password, { scrypt: SCRYPT }))
  await writeAtomic(folder.password, `${password}\n`)
  return enodeOf(await keepNodeKey(folder), options.p2p)
}

/** Begin the chain that the genesis in the folder describes, unless it was begun. @throws {ChainError} `GETH_FAILED` */
export async function beginChain(binary: string, folder: GethFolder): Promise<void> {
  if (await exists(folder.initialised)) return
  await runGeth(binary, folder, ['init', folder.genesis])
  await writeAtomic(folder.initialised, '')
}

/** Make the node's key, or read it: other hospitals know the node by it. */
export async function keepNodeKey({ dir, nodeKey }: GethFolder): Promise<Uint8Array> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if (!(await exists(nodeKey))) await writeKeyFile(nodeKey, randomBytes(32))
  return await readKeyFile(nodeKey)
}

/**
 * Run one of geth's commands to its end.
 *
 * @returns what it wrote
 * @throws {ChainError} `GETH_FAILED`
 */
export async function runGeth(
  binary: string,
  folder: GethFolder,
  [command = '', ...args]: readonly string[],
): Promise<string> {
  const run = promisify(execFile)
  try {
    const { stderr } = await run(binary, [command, ...storageArguments(folder), ...args], {
      maxBuffer: 64 * 1_048_576,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder.dir },
    })
    return stderr
  } catch (cause) {
    const { stderr = String(cause) } = Object(cause) as { stderr?: string }
    throw failed(command, stderr.trimEnd().split('\n').slice(-LINES_KEPT), cause)
  }
}

function failed(step: string, lines: readonly string[], cause?: unknown): ChainError {
  return new ChainError(
    `geth ${step} failed: ${lines.join('\n')}`,
    { code: 'GETH_FAILED', step, lines },
    { cause },
  )
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
