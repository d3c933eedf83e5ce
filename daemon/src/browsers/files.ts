import { readFile, stat } from 'node:fs/promises'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { CertificateFilesConfig } from '../config/browsers.ts'
import { CertificateError, type CertificatePair, checkPair } from './certificate.ts'

export interface CertificateFilesDeps {
  /** Called at the start and whenever the files hold another pair. */
  readonly onPair: (pair: CertificatePair) => void
  readonly log: Logger
}

const LOOK_MS = 30_000

/** A certificate that others renew: looked for anew now and then, since renewal may also turn links. */
export class CertificateFiles implements Service {
  readonly #config: Pick<CertificateFilesConfig, 'certFile' | 'keyFile'>
  readonly #lookMs: number
  readonly #deps: CertificateFilesDeps
  #version = ''
  #timer: NodeJS.Timeout | undefined

  constructor(
    {
      lookMs = LOOK_MS,
      ...config
    }: Pick<CertificateFilesConfig, 'certFile' | 'keyFile'> & { lookMs?: number },
    deps: CertificateFilesDeps,
  ) {
    this.#config = config
    this.#lookMs = lookMs
    this.#deps = deps
  }

  /** @throws {CertificateError} when there is nothing to begin with */
  async start(): Promise<void> {
    await this.#look()
    this.#timer = setInterval(() => {
      this.#look().catch((err: unknown) =>
        this.#deps.log.error({ err }, 'the new certificate is not taken: the one before stays'),
      )
    }, this.#lookMs).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const { certFile, keyFile } = this.#config
    const version = `${await versionOf(certFile)} ${await versionOf(keyFile)}`
    if (version === this.#version) return
    const [cert, key] = [await read(certFile), await read(keyFile)]
    // Between two writes they may not belong together: looked at again the next time.
    this.#deps.onPair(checkPair({ cert, key }))
    this.#version = version
  }
}

async function versionOf(path: string): Promise<string> {
  const { ino, mtimeNs, size } = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  return `${ino}/${mtimeNs}/${size}`
}

async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
}

function unreadable(path: string, cause: unknown): CertificateError {
  return new CertificateError(
    `cannot read ${path}: put the file there, readable for the daemon, or take browsers out of the configuration`,
    { code: 'CERTIFICATE_UNREADABLE', path },
    { cause },
  )
}
