import { createRequire, Module } from 'node:module'
import type { Gpio, Line } from 'onoff'
import { loadOptional } from './optional-package.ts'

export type { Line }

/** What of the package `onoff` is used. */
export interface GpioPackage {
  readonly Gpio: typeof Gpio
}

/**
 * Load `onoff`, without the addon that it polls with.
 *
 * `epoll` puts a handle of its own into the event loop of the main thread, wherever it is loaded. When that was a worker,
 * the addon is unmapped with it, and the process dies of the handle as it ends.
 *
 * @throws {HalError} `PACKAGE_MISSING` without the optional package
 */
export function loadOnoff(): Promise<GpioPackage> {
  return loadOptional('onoff', () => {
    const require = createRequire(import.meta.url)
    const path = createRequire(require.resolve('onoff')).resolve('epoll')
    const unused = new Module(path)
    unused.exports = { Epoll: class {} }
    unused.loaded = true
    require.cache[path] = unused
    return import('onoff')
  })
}
