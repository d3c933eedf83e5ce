// Which way imports may point: LAYOUT in ARCHITECTURE.md, as rules.

/** Workspace `from` may import only these workspaces besides itself. */
const mayImport = {
  protocol: [],
  runtime: ['protocol'],
  contracts: [],
  agent: ['protocol', 'runtime'],
  daemon: ['protocol', 'runtime', 'contracts'],
  dapp: ['protocol', 'contracts'],
}

const packages = Object.keys(mayImport)
const between = packages.map((name) => ({
  name: `${name}-imports-only-${mayImport[name].join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${name}/`, pathNot: '^dapp/bin/' },
  to: {
    path: `^(${[...packages, 'test', 'bench'].join('|')})/`,
    pathNot: `^(${[name, ...mayImport[name]].join('|')})/`,
  },
}))

/** One file, or folder, is the only door to each of these outside packages. */
const doors = [
  ['i2c-bus', '^agent/src/hal/linux-i2c\\.ts$'],
  ['onoff', '^agent/src/hal/onoff\\.ts$'],
  ['@nucypher/umbral-pre', '^protocol/src/umbral/'],
  ['@ethereumjs', '^(daemon/src/chain/embedded/|dapp/src/verify/offline/trie\\.ts$)'],
  ['helia|@helia|libp2p|@libp2p|@chainsafe', '^daemon/src/ipfs/embedded/'],
  ['kubo-rpc-client', '^daemon/src/ipfs/kubo/'],
  ['aedes', '^daemon/src/broker/'],
  ['mqtt', '^(agent/src/uplink/mqtt|daemon/src/broker/external)/'],
  ['fastify|@fastify', '^(daemon/src/api/|dapp/bin/fhir/)'],
].map(([name, door]) => ({
  name: `one-door-to-${name.split('|')[0].replaceAll(/[^a-z0-9]/g, '-')}`,
  severity: 'error',
  from: { path: '^(protocol|runtime|agent|daemon|dapp)/', pathNot: [door, '/test/'] },
  to: { path: `node_modules/(${name})(/|$)` },
}))

/** Folders of the agent and the daemon that data passes through; none imports another. */
const stations = {
  agent: ['sampling', 'batch', 'seal', 'spool', 'uplink'],
  daemon: ['broker', 'coap', 'verify', 'anchor', 'relay', 'grants', 'reencrypt', 'api'],
}
const apart = Object.entries(stations).flatMap(([name, folders]) =>
  folders.map((folder) => ({
    name: `${name}-${folder}-stands-alone`,
    severity: 'error',
    from: { path: `^${name}/src/${folder}/` },
    to: {
      path: `^${name}/src/(${folders.filter((other) => other !== folder).join('|')})/`,
      dependencyTypesNot: ['type-only'],
    },
  })),
)

export default {
  forbidden: [
    ...between,
    ...doors,
    ...apart,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-runs-in-browsers',
      severity: 'error',
      from: { path: '^protocol/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'dapp-core-runs-in-browsers',
      severity: 'error',
      from: { path: '^dapp/(src|web)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      // Keys and whatever they open are in the worker alone: pages ask it, and know its types.
      name: 'pages-hold-no-keys',
      severity: 'error',
      from: { path: '^dapp/web/(design|pages|shell|words)/|^dapp/web/main' },
      to: {
        path: '^(dapp/web/(worker|store|readings)/|dapp/src/|protocol/src/(seed|umbral|sealed|signature|grant|request))',
        pathNot: '^dapp/src/keys/role\\.ts$|^dapp/web/worker/worker\\.ts',
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/test/vectors/', '^contracts/(out|cache|src)/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
