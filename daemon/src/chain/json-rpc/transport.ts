/** A way to a node: carries one JSON-RPC call and its answer. */
export interface RpcTransport {
  /**
   * @throws {RpcError} what the node answered
   * @throws {ChainError} `CHAIN_DOWN` when it did not answer
   */
  call(method: string, params: readonly unknown[]): Promise<unknown>
  /** Ends what is open; calls that wait are rejected. */
  close(): Promise<void>
}
