/** A hospital to stay connected with. */
export interface KuboPeer {
  readonly id: string
  /** Multiaddresses without the peer id. */
  readonly addresses: readonly string[]
}

export interface KuboSettings {
  /** Multiaddresses of TCP to listen on. */
  readonly listen: readonly string[]
  /** Of the API on loopback; 0 takes a free one. */
  readonly apiPort: number
  readonly peers: readonly KuboPeer[]
  /** Bearer token that the API asks for. */
  readonly secret: string
}

/**
 * Sections of Kubo's configuration that are the daemon's to say: a private swarm over TCP that talks to nobody it was
 * not told of, and an API for the daemon alone.
 *
 * @see Kubo, docs/config.md
 */
export function kuboSettings({
  listen,
  apiPort,
  peers,
  secret,
}: KuboSettings): Readonly<Record<string, unknown>> {
  return {
    Addresses: {
      API: `/ip4/127.0.0.1/tcp/${apiPort}`,
      Gateway: [],
      Swarm: listen,
      Announce: [],
      AppendAnnounce: [],
      NoAnnounce: [],
    },
    API: {
      HTTPHeaders: {},
      Authorizations: { daemon: { AuthSecret: `bearer:${secret}`, AllowedPaths: ['/api/v0'] } },
    },
    // Kubo refuses a private swarm otherwise, and what "auto" would be replaced by must not be named anywhere.
    AutoConf: { Enabled: false },
    AutoTLS: { Enabled: false },
    AutoNAT: { ServiceMode: 'disabled' },
    Bootstrap: [],
    Discovery: { MDNS: { Enabled: false } },
    DNS: { Resolvers: {} },
    Gateway: { NoFetch: true, DeserializedResponses: false },
    HTTPRetrieval: { Enabled: false },
    // Without it Kubo asks only those peers for blocks that have been of use before.
    Internal: { Bitswap: { BroadcastControl: { Enable: false } } },
    Ipns: { DelegatedPublishers: [] },
    Peering: { Peers: peers.map(({ id, addresses }) => ({ ID: id, Addrs: addresses })) },
    Plugins: { Plugins: { telemetry: { Disabled: true } } },
    Provide: { Enabled: false },
    Routing: { Type: 'none', DelegatedRouters: [] },
    Swarm: {
      DisableNatPortMap: true,
      EnableHolePunching: false,
      RelayClient: { Enabled: false },
      RelayService: { Enabled: false },
      Transports: {
        Network: {
          TCP: true,
          QUIC: false,
          Relay: false,
          Websocket: false,
          WebRTCDirect: false,
          WebTransport: false,
        },
      },
    },
    Version: { SwarmCheckEnabled: false },
  }
}
