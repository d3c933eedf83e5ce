import t from 'tap'
import { StaleLinks } from '../../../src/chain/geth/stale-links.ts'

const ours = 'enode://aa@192.0.2.1:30303'
const theirs = 'enode://bb@192.0.2.2:30303'

/** A geth that is connected to one peer, and notes what else it is asked. */
function geth() {
  const asked: string[] = []
  const state = { asked, port: 30303 as number | undefined }
  const call = async (method: string, params: readonly unknown[]) => {
    if (method !== 'admin_peers') {
      asked.push([method, ...params].join(' '))
      return true
    }
    const network = {
      localAddress: '192.0.2.9:4000',
      remoteAddress: `192.0.2.2:${state.port}`,
      inbound: true,
    }
    // As of one that dialled, from whatever port.
    const peer = {
      enode: 'enode://bb@192.0.2.2:50606?discport=0',
      network,
      protocols: { eth: { version: 68 } },
    }
    return state.port === undefined ? [] : [peer]
  }
  return { state, links: new StaleLinks(call) }
}

const RENEWED = [`admin_removePeer ${theirs}`, `admin_addPeer ${theirs}`]

t.test('a connection from before an absence is made anew after it, once', async (t) => {
  const { state, links } = geth()
  t.equal(await links.renew(theirs), false, 'who never was away is left as it is')
  await links.suspect(theirs)
  t.equal(await links.renew(theirs), true)
  t.same(state.asked, RENEWED)
  t.equal(await links.renew(theirs), false)
})

t.test('one that geth has made anew by itself, or with somebody else, stays', async (t) => {
  const { state, links } = geth()
  await links.suspect(theirs)
  await links.suspect(ours)
  state.port = 40404
  t.equal(await links.renew(theirs), false)
  t.equal(await links.renew(ours), false)
  await links.suspect(theirs)
  state.port = undefined
  t.equal(await links.renew(theirs), false, 'nor is there anything to do without any')
  await links.suspect(theirs)
  state.port = 40404
  t.equal(await links.renew(theirs), false)
  t.same(state.asked, [])
})
