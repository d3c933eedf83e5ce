import manifest from '../package.json' with { type: 'json' }

/** Version of the agent, as the package and its signed status name it. */
export const VERSION: string = manifest.version
