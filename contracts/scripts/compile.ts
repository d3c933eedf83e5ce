import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import solc from 'solc'

/** The contracts that are deployed, in order of deployment. */
export const CONTRACTS = ['Directory', 'Consent', 'Anchor'] as const
export type ContractName = (typeof CONTRACTS)[number]

/** One entry of a contract's ABI, as the compiler writes it. */
export type AbiEntry = Readonly<Record<string, unknown>>

export interface Compiled {
  readonly abi: readonly AbiEntry[]
  /** Creation code without constructor arguments, hex without `0x`. */
  readonly bytecode: string
  /** Runtime code with every immutable zero, hex without `0x`. */
  readonly runtime: string
  readonly storage: StorageLayout
  /** Where constructors write immutables into the runtime code: byte offsets and lengths, ascending. */
  readonly immutables: readonly { readonly start: number; readonly length: number }[]
}

/** Where state lies, for who reads it without asking the contract. */
export interface StorageLayout {
  /** First slot of each state variable. */
  readonly variables: Readonly<Record<string, number>>
  /** Fields of each struct: words after its start, bytes from the low end of the word, and how many bytes. */
  readonly structs: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly slot: number; readonly offset: number; readonly bytes: number }>>
    >
  >
}

interface OutputVariable {
  readonly label: string
  readonly slot: string
  readonly offset: number
  readonly type: string
}

interface OutputType {
  readonly label: string
  readonly numberOfBytes: string
  readonly members?: readonly OutputVariable[]
}

interface Output {
  readonly errors?: readonly {
    readonly severity: string
    readonly formattedMessage: string
    readonly sourceLocation?: { readonly file: string }
  }[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, OutputContract>>>>
}

interface OutputContract {
  readonly abi: readonly AbiEntry[]
  readonly storageLayout: {
    readonly storage: readonly OutputVariable[]
    readonly types: Readonly<Record<string, OutputType>> | null
  }
  readonly evm: {
    readonly bytecode: { readonly object: string }
    readonly deployedBytecode: {
      readonly object: string
      readonly immutableReferences: Readonly<
        Record<string, readonly { readonly start: number; readonly length: number }[]>
      >
    }
  }
}

/**
 * What forge compiles with as well (`foundry.toml`). London, because Clique engines stop there; no metadata in
 * the code, so that a comment does not change it.
 */
const SETTINGS = {
  evmVersion: 'london',
  optimizer: { enabled: true, runs: 1000 },
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: {
    '*': {
      '*': [
        'abi',
        'storageLayout',
        'evm.bytecode.object',
        'evm.deployedBytecode.object',
        'evm.deployedBytecode.immutableReferences',
      ],
    },
  },
} as const

/**
 * Compile the contracts under `src/` by the pinned compiler. The same sources give the same bytes anywhere.
 *
 * @throws {Error} with the compiler's own words, on any error, and on a warning in our own sources
 */
export function compile(): Readonly<Record<ContractName, Compiled>> {
  const sources = gather(CONTRACTS.map((name) => `src/${name}.sol`))
  const input = { language: 'Solidity', sources, settings: SETTINGS }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output
  const faults = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) => severity === 'error' || sourceLocation?.file.startsWith('src/'),
  )
  if (faults.length > 0) throw new Error(faults.map((fault) => fault.formattedMessage).join('\n'))
  return {
    Directory: pick(output, 'Directory'),
    Consent: pick(output, 'Consent'),
    Anchor: pick(output, 'Anchor'),
  }
}

function pick(output: Output, name: ContractName): Compiled {
  const contract = output.contracts?.[`src/${name}.sol`]?.[name]
  if (contract === undefined) throw new Error(`the compiler left out ${name}`)
  const { object: runtime, immutableReferences } = contract.evm.deployedBytecode
  const immutables = Object.values(immutableReferences)
    .flat()
    .map(({ start, length }) => ({ start, length }))
    .sort((a, b) => a.start - b.start)
  const storage = layoutOf(contract.storageLayout)
  return { abi: contract.abi, bytecode: contract.evm.bytecode.object, runtime, immutables, storage }
}

function layoutOf({ storage, types }: OutputContract['storageLayout']): StorageLayout {
  const variables = Object.fromEntries(storage.map(({ label, slot }) => [label, Number(slot)]))
  const structs = Object.values(types ?? {}).flatMap(({ label, members }) => {
    if (members === undefined) return []
    const fields = members.map(({ label: field, slot, offset, type }) => {
      const bytes = Number(types?.[type]?.numberOfBytes)
      return [field, { slot: Number(slot), offset, bytes }] as const
    })
    return [[label.replace(/^struct (.*\.)?/, ''), Object.fromEntries(fields)] as const]
  })
  return { variables, structs: Object.fromEntries(structs) }
}

/** `paths` and all that they import, by the names that imports resolve to. */
function gather(paths: readonly string[]): Record<string, { content: string }> {
  const sources: Record<string, { content: string }> = {}
  const open = [...paths]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (sources[path] !== undefined) continue
    const content = readFileSync(locate(path), 'utf8')
    sources[path] = { content }
    for (const [, target] of content.matchAll(/^import\s[^"]*"([^"]+)";/gm)) {
      if (target !== undefined) open.push(resolveImport(path, target))
    }
  }
  return Object.fromEntries(Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function resolveImport(from: string, target: string): string {
  return target.startsWith('.') ? new URL(target, `source:///${from}`).pathname.slice(1) : target
}

function locate(path: string): string {
  return fileURLToPath(
    path.startsWith('src/') ? new URL(`../${path}`, import.meta.url) : import.meta.resolve(path),
  )
}
