import type { AccountClient, PushTarget } from '@hygeia/dapp/hospital/client'
import type { HomeHospital } from './home-hospital.ts'
import type { Vault } from './vault.ts'

/** What patients and physicians do alike with their account at the hospital. */
export class AccountDesk {
  readonly #vault: Vault
  readonly #home: HomeHospital

  constructor(vault: Vault, home: HomeHospital) {
    this.#vault = vault
    this.#home = home
  }

  /** @returns Base64url key to subscribe with; undefined when the hospital has no Web Push */
  async pushKey(): Promise<string | undefined> {
    return (await this.#home.known()).client.pushKey()
  }

  async putPush(target: PushTarget): Promise<void> {
    await (await this.#account()).putPush(target)
  }

  async deletePush(endpoint: string): Promise<void> {
    await (await this.#account()).deletePush({ endpoint })
  }

  async #account(): Promise<AccountClient> {
    const { identity } = this.#vault.opened
    const { client, realm } = await this.#home.known()
    return client.as(identity.signer, realm)
  }
}
