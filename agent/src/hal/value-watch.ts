import { watch } from 'node:fs'

/**
 * Call `onChange` when the kernel says that a line's value may have changed: at once, or when it was quiet for
 * `debounceMs`.
 *
 * The kernel tells edges to whoever polls the file, and as a modification to whoever watches it (`kernfs_notify`). Polling
 * takes the addon `epoll`, which calls back on the main thread wherever it was asked, and ends the process when that was
 * a worker.
 *
 * @param path - `value` of an exported line whose `edge` is set
 */
export function watchValue(path: string, debounceMs: number, onChange: () => void): Disposable {
  let quiet: NodeJS.Timeout | undefined
  const watcher = watch(path, () => {
    if (debounceMs === 0) return onChange()
    clearTimeout(quiet)
    quiet = setTimeout(onChange, debounceMs)
  })
  // A line that goes away tells no more edges.
  watcher.on('error', () => watcher.close())
  return {
    [Symbol.dispose]() {
      clearTimeout(quiet)
      watcher.close()
    },
  }
}
