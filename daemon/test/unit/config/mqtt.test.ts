import t from 'tap'
import { MqttConfig } from '../../../src/config/mqtt.ts'

t.test('the broker is the daemon’s own unless told', async (t) => {
  const own = { broker: 'embedded', host: '127.0.0.1', port: 8883 }
  t.same(MqttConfig.parse(undefined), own)
  t.same(MqttConfig.parse({ port: 1 }), { ...own, port: 1 })
  t.same(MqttConfig.parse(own), own, 'as init writes it')
})

const external = { broker: 'external', url: 'mqtts://broker:8884', publicUrl: 'mqtts://h.example:8883' }

t.test('an external broker has defaults for what is shared', async (t) => {
  t.match(MqttConfig.parse(external), { group: 'hygeia', connections: 8 })
  t.ok(MqttConfig.safeParse({ ...external, url: 'mqtt://127.0.0.1:1883' }).success, 'no TLS on this machine')
})

const mistakes: Record<string, object> = {
  'a plain connection to another machine': { url: 'mqtt://broker:1883' },
  'devices that come without TLS': { publicUrl: 'mqtt://h.example:1883' },
  'a password for nobody': { passwordFile: '/etc/hygeia/password' },
  'a password in the configuration': { username: 'hygeia', password: 'secret' },
  'a group that is a topic': { group: 'a/b' },
  'a port of the embedded one': { port: 8883 },
}
for (const [name, fields] of Object.entries(mistakes)) {
  t.test(`refused: ${name}`, async (t) => {
    t.notOk(MqttConfig.safeParse({ ...external, ...fields }).success)
  })
}
