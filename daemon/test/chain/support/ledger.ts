import { readFileSync } from 'node:fs'
import { Contract, ContractFactory, Interface, type InterfaceAbi, type Provider } from 'ethers'

/** `Ledger.sol` by solc 0.8.37, optimized, for London; regenerate it when the source changes. */
const compiled = JSON.parse(readFileSync(new URL('./ledger.json', import.meta.url), 'utf8')) as {
  abi: InterfaceAbi
  bytecode: string
}

export const ledgerInterface = new Interface(compiled.abi)

export async function ledgerDeployment(): Promise<{ data: string }> {
  const { data } = await new ContractFactory(compiled.abi, compiled.bytecode).getDeployTransaction()
  return { data }
}

export function ledgerAt(address: string, provider: Provider): Contract {
  return new Contract(address, compiled.abi, provider)
}

export function ledgerCall(method: string, args: readonly unknown[]): string {
  return ledgerInterface.encodeFunctionData(method, args)
}
