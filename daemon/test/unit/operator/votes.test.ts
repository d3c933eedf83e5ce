import t from 'tap'
import { formatHospitals, formatVote } from '../../../src/operator/votes.ts'

const address = (digit: string) => `0x${digit.repeat(40)}`

t.test('a vote is told as what came of it', async (t) => {
  t.equal(formatVote('0xa', 'is admitted', { votes: 2, majority: 2, isCarried: true }), '0xa is admitted')
  t.match(formatVote('0xa', 'is admitted', { votes: 1, majority: 2, isCarried: false }), /1 of the 2/)
  t.throws(() => formatVote('0xa', 'is admitted', {}))
})

t.test(
  'hospitals are listed one a line, with what is to be done about those that nobody introduced',
  async (t) => {
    const lines = formatHospitals({
      hospitals: [
        { operator: address('1'), status: 'active', api: 'https://one', isOwn: true, isAnswering: true },
        { operator: address('2'), status: 'suspended', api: 'https://two', isOwn: false, isAnswering: false },
        { operator: address('3'), status: 'active', api: null, isOwn: false, isAnswering: false },
      ],
    }).split('\n')
    t.equal(lines.length, 3)
    t.match(lines[0], /active +this hospital +https:\/\/one/)
    t.match(lines[1], /suspended +does not answer +https:\/\/two/)
    t.match(lines[2], /hospitals admit CARD/)
  },
)
