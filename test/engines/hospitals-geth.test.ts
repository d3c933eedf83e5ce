import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { rpc } from '../support/chain-watch.ts'
import { Consortium } from '../support/consortium.ts'
import type { HospitalProcess } from '../support/hospital.ts'
import { getFrom } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { findGeth } from './support/sealing-geth.ts'

t.setTimeout(300_000)
const geth = await findGeth()

t.test(
  'hospitals with geth find each other by invitation and card',
  { skip: geth === undefined },
  async (t) => {
    const dir = await testFolder(t)
    await using consortium = await Consortium.start({ dir, count: 2, periodSec: 1 })
    const [first, second] = consortium.hospitals as [HospitalProcess, HospitalProcess]
    const enodeOf = async (hospital: HospitalProcess) => (await hospital.command('chain', 'enode')).trim()
    const configOf = (hospital: HospitalProcess) =>
      readFile(join(hospital.dir, 'data/geth/config.toml'), 'utf8')

    t.match(JSON.parse(await second.command('hospitals', 'card')), { enode: await enodeOf(second) })
    const config = JSON.parse(await readFile(second.configFile, 'utf8'))
    t.same(config.chain.peers, [await enodeOf(first)], 'who joins was told of who invites')
    t.ok(
      (await configOf(first)).includes(await enodeOf(second)),
      'and who admits keeps the new one for a geth that is started again',
    )
    for (const { endpoints } of consortium.hospitals) {
      await until(
        'its geth has a peer',
        async () => Number(await rpc(endpoints.rpc, 'net_peerCount', [])) === 1,
      )
    }
    const { epoch, engine } = JSON.parse(await getFrom(second, '/v1/realm'))
    t.same({ epoch, engine }, { epoch: 720, engine: 'geth' }, 'what a proof without the chain needs to know')

    await first.stop()
    await first.start()
    const isBack = async () => Number(await rpc(first.endpoints.rpc, 'net_peerCount', [])) === 1
    await until('they are connected again', isBack)
  },
)
