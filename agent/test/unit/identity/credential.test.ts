import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AgentConfig } from '@hygeia/agent/config/config'
import { withCredential } from '@hygeia/agent/identity/credential'
import t from 'tap'
import { SENSORS, testFolder } from '../../support/bedside.ts'

t.test('the key is the one that systemd hands over, unless another was named', async (t) => {
  const folder = await testFolder(t)
  const config = AgentConfig.parse({ stateDir: folder, sensors: SENSORS })
  t.equal(withCredential(config, undefined), config)
  t.equal(withCredential(config, folder), config, 'it handed over none')
  await writeFile(join(folder, 'device.key'), '')
  t.equal(withCredential(config, folder).signingKeyFile, join(folder, 'device.key'))
  const named = { ...config, signingKeyFile: '/elsewhere' }
  t.equal(withCredential(named, folder), named)
})
