import type { Address } from '@hygeia/protocol/ids'
import t from 'tap'
import { pseudonyms } from '../../../src/ops/pseudonym.ts'

const device = (digit: string) => `0x${digit.repeat(40)}` as Address
const here = pseudonyms(new Uint8Array(32).fill(1))
const there = pseudonyms(new Uint8Array(32).fill(2))

// HKDF-SHA256 of 32 bytes 01 with that info, then HMAC-SHA256 of the address: made with Python's hmac.
t.test('a device has the same name each time at one hospital, and another at another', async (t) => {
  t.equal(here(device('a')), 'ad103623f2c6fd95')
  t.equal(here(device('a')), here(device('a')))
  t.not(here(device('a')), here(device('b')))
  t.not(here(device('a')), there(device('a')))
})
