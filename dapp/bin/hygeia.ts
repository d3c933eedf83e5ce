#!/usr/bin/env node
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_DERIVATION } from '../src/keys/derive.ts'
import { hygeia } from './program.ts'

const { stdin, stdout, stderr, env, argv } = process
const configHome = env.XDG_CONFIG_HOME ?? join(homedir(), '.config')
// Set, not called: what is still being written to a pipe is not cut off.
process.exitCode = await hygeia(argv.slice(2), {
  stdin,
  stdout,
  stderr,
  configHome,
  derivation: DEFAULT_DERIVATION,
  exitCode: 0,
})
