import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '@hygeia/agent/setup/errors'
import type { Machine } from '@hygeia/agent/setup/machine'
import { openSealedKey, sealKey } from '@hygeia/agent/setup/sealed-key'
import { writeKeyFile } from '@hygeia/runtime/key-file'
import t from 'tap'
import { testFolder } from '../../support/bedside.ts'

const key = Uint8Array.from({ length: 32 }, (_, index) => index + 1)

/** Stands in for systemd-creds: what it encrypts is written backwards. */
class BackwardsMachine implements Machine {
  readonly inputs: string[] = []
  readonly commands: string[] = []
  has = existsSync

  async run(program: string, args: readonly string[], input = ''): Promise<string> {
    this.inputs.push(input)
    this.commands.push([program, ...args].join(' '))
    const backwards = (text: string) => [...text].reverse().join('')
    if (args[0] === 'encrypt') return backwards(input)
    return backwards(await readFile(args.at(-2) ?? '', 'utf8'))
  }
}

async function places(t: Parameters<typeof testFolder>[0]) {
  const folder = await testFolder(t)
  return { plain: join(folder, 'device.key'), sealed: join(folder, 'sealed') }
}

t.test('a key is encrypted, checked, and then gone in the clear', async (t) => {
  const at = await places(t)
  const machine = new BackwardsMachine()
  await writeKeyFile(at.plain, key)
  await sealKey(at, machine)
  t.notOk(existsSync(at.plain))
  t.equal((await stat(at.sealed)).mode & 0o777, 0o600)
  t.same(await openSealedKey(at.sealed, machine), key)
  const digits = Buffer.from(key).toString('hex')
  t.notOk(
    machine.commands.some((command) => command.includes(digits)),
    'arguments can be seen by everybody',
  )
  await sealKey(at, machine)
  t.same(await openSealedKey(at.sealed, machine), key, 'again changes nothing')
})

t.test('a cut between the two goes on from there', async (t) => {
  const at = await places(t)
  const machine = new BackwardsMachine()
  await writeKeyFile(at.plain, key)
  await writeFile(at.sealed, [...`${Buffer.from(key).toString('hex')}\n`].reverse().join(''))
  await sealKey(at, machine)
  t.notOk(existsSync(at.plain))
})

t.test('two keys that differ are for their owner to tell apart', async (t) => {
  const at = await places(t)
  const machine = new BackwardsMachine()
  await writeKeyFile(at.plain, key)
  await writeFile(at.sealed, [...`${'00'.repeat(32)}\n`].reverse().join(''))
  await t.rejects(sealKey(at, machine), { code: 'TWO_KEYS' })
  t.ok(existsSync(at.plain), 'neither is touched')
  await writeFile(at.sealed, 'nonsense')
  await t.rejects(sealKey(at, machine), { code: 'FILE_INVALID' })
})

t.test('where systemd cannot encrypt, the key stays as it is', async (t) => {
  const at = await places(t)
  await writeKeyFile(at.plain, key)
  const machine: Machine = {
    has: existsSync,
    run: async (program) => {
      throw new SetupError('no', { code: 'PROGRAM_FAILED', program })
    },
  }
  await t.rejects(sealKey(at, machine), { code: 'PROGRAM_FAILED' })
  t.ok(existsSync(at.plain))
  t.equal(await openSealedKey(at.sealed, machine), undefined)
})
