import { LevelDatastore } from 'datastore-level'

type Put = Parameters<LevelDatastore['put']>

/**
 * What the node knows of its peers, on the disk.
 *
 * libp2p notes a peer that went away after it has stopped, and does not look whether that worked: such a note is dropped,
 * where otherwise its rejection would end the process.
 */
export class PeerDatastore extends LevelDatastore {
  #isClosed = false

  override async put(...[key, value, options]: Put): Promise<Put[0]> {
    return this.#isClosed ? key : super.put(key, value, options)
  }

  override async close(): Promise<void> {
    this.#isClosed = true
    await super.close()
  }
}
