import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex } from '@hygeia/protocol/ids'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { count } from '../demo/terminal.ts'
import { type Attack, GotThrough, held } from './attack.ts'
import { grantOf } from './permission.ts'

/** What a search looks for, in the forms in which it could lie there. */
interface Needle {
  readonly name: string
  readonly bytes: Buffer
}

/** Bytes that are long enough to be found by chance by nobody. */
const PIECE_BYTES = 24

const onDisk: Attack = {
  row: 'curious hospital',
  does: 'three hospitals search their own disks for what was measured, and for keys that open it',
  run: async (stage, tell) => {
    const { patient, physician, hospitals } = stage
    const { device, batches } = stage.sample
    await grantOf(stage, ['vitals'])
    const { identity } = patient
    const secrets: readonly Needle[] = [
      ...batches.map(({ content, sequence }) => ({
        name: `readings of batch ${sequence}`,
        bytes: piece(content),
      })),
      // The readings are packed: this stands beside them before and after.
      { name: 'the boot id in the batches', bytes: Buffer.from(fromHex(device.boot)) },
      { name: 'the data key', bytes: Buffer.from(device.dataKey) },
      { name: 'the secret label key', bytes: Buffer.from(identity.labelSecret(stage.label)) },
      { name: "the patient's verifying secret", bytes: Buffer.from(identity.verifyingSecret) },
      { name: "the physician's secret", bytes: Buffer.from(physician.identity.receivingSecret) },
    ]
    const needles = secrets.flatMap(({ name, bytes }): Needle[] => [
      { name, bytes },
      { name: `${name}, as hex`, bytes: Buffer.from(bytes.toString('hex')) },
      { name: `${name}, as base64`, bytes: Buffer.from(bytes.toString('base64url')) },
    ])
    // What must be there: or the search would find nothing for want of looking.
    const present: readonly Needle[] = batches.map(({ block, cid }) => ({
      name: cid,
      bytes: Buffer.from(decodeSealed(block).ciphertext.subarray(0, PIECE_BYTES)),
    }))
    const files = (await Promise.all(hospitals.map(({ dir }) => filesBelow(dir)))).flat()
    const seen = new Set<string>()
    let bytesRead = 0
    for (const [index, file] of files.entries()) {
      // Written to while it is read: what was there a moment ago may be gone.
      const content = await readFile(file).catch(() => Buffer.alloc(0))
      bytesRead += content.length
      for (const { name, bytes } of needles) {
        if (content.includes(bytes))
          throw new GotThrough(`${name} lies in ${file.slice(stage.dir.length + 1)}`)
      }
      for (const { name, bytes } of present) if (content.includes(bytes)) seen.add(name)
      tell((index + 1) / files.length, `${index + 1} files`)
    }
    held(
      seen.size === present.length,
      `only ${seen.size} of ${present.length} sealed batches were found at all`,
    )
    return `nothing of ${secrets.length} secrets in ${count(files.length)} files (${count(Math.round(bytesRead / 1_048_576))} MiB); every sealed batch is there`
  },
}

/** The middle of what was encoded, where the readings are. */
function piece(content: Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1
  return bytes.subarray(Math.max(0, end - PIECE_BYTES), end)
}

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

export const curiosities: readonly Attack[] = [onDisk]
