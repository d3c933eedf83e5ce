import { readFileSync, writeFileSync } from 'node:fs'
import { keccak256 } from 'ethers'
import { CONTRACTS, type Compiled, type ContractName, compile } from './compile.ts'

type Compilation = ReturnType<typeof compile>

/** Files under `generated/` that are not what `compiled` says; empty when all are fresh. */
export function staleFiles(compiled: Compilation): readonly string[] {
  return [...render(compiled)].filter(([name, text]) => held(name) !== text).map(([name]) => name)
}

/** Compile and write `generated/`. */
export function generate(): void {
  for (const [name, text] of render(compile())) writeFileSync(place(name), text)
}

function render(compiled: Compilation): ReadonlyMap<string, string> {
  return new Map(CONTRACTS.map((name) => [`${name.toLowerCase()}.ts`, renderModule(name, compiled[name])]))
}

function renderModule(name: ContractName, { abi, bytecode, runtime, immutables, storage }: Compiled): string {
  return `// Compiled from contracts/src/${name}.sol by \`npm run generate -w @hygeia/contracts\`. Do not edit.

export const abi = ${JSON.stringify(abi, undefined, 2)} as const

/** Creation code; the constructor's arguments follow it in a deployment. */
export const bytecode =
  '0x${bytecode}'

/** keccak256 of the runtime code with every immutable zero. */
export const runtimeBytecodeHash = '${keccak256(`0x${runtime}`)}'

/** Where immutables lie in the runtime code, in bytes. */
export const immutables = ${JSON.stringify(immutables)} as const

/** First slot of each state variable, and where the fields of structs lie from theirs: bytes from a word's low end. */
export const storage = ${JSON.stringify(storage, undefined, 2)} as const
`
}

function held(name: string): string | undefined {
  try {
    return readFileSync(place(name), 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

function place(name: string): URL {
  return new URL(`../generated/${name}`, import.meta.url)
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = staleFiles(compile())
    for (const name of stale) console.error(`contracts/generated/${name} is not what its source compiles to`)
    if (stale.length > 0) process.exitCode = 1
  } else {
    generate()
  }
}
