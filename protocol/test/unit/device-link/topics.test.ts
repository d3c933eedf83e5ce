import t from 'tap'
import { COAP_PATHS, parseTopic, topicOf } from '../../../src/device-link/topics.ts'
import { parseAddress } from '../../../src/ids.ts'

const device = parseAddress(`0x${'0a'.repeat(20)}`)

t.test('a topic names a device and what passes there; every other topic is none', async (t) => {
  const topic = topicOf(device, 'batch')
  t.same(parseTopic(topic), { device, kind: 'batch' })
  const wrong = [
    '',
    '#',
    'hygeia/1/+/batch',
    `$share/all/${topic}`,
    `${topic}/`,
    `/${topic}`,
    topic.replace('batch', 'mood'),
    topic.replace('0a', '0A'),
    topic.replace('/1/', '/2/'),
  ]
  for (const text of wrong) t.equal(parseTopic(text), undefined, text)
  t.same(COAP_PATHS, { batch: '/batch', question: '/question' })
})
