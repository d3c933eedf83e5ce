// node protocol/test/vectors/freeze.ts: adds the vectors that are missing to the JSON files beside it.
// What is there stays as it is: a format that no longer gives the frozen bytes is another version of it.
import { readFile, writeFile } from 'node:fs/promises'
import { makeBatches } from '../vector-makers/batch.ts'
import { makeDocuments } from '../vector-makers/documents.ts'
import { makeLink } from '../vector-makers/link.ts'
import { makeMerkle } from '../vector-makers/merkle.ts'
import { makeOfflineProof } from '../vector-makers/offline-proof.ts'
import { makePairing } from '../vector-makers/pairing.ts'
import { makeSealed } from '../vector-makers/sealed.ts'
import { makeSeed } from '../vector-makers/seed.ts'
import { makeTypedData } from '../vector-makers/typed-data.ts'
import { makeUmbral } from '../vector-makers/umbral.ts'

type Vectors = Record<string, unknown>

const makers: Record<string, () => Vectors | Promise<Vectors>> = {
  batch: makeBatches,
  documents: makeDocuments,
  link: makeLink,
  merkle: makeMerkle,
  'offline-proof': makeOfflineProof,
  pairing: makePairing,
  sealed: makeSealed,
  seed: makeSeed,
  'typed-data': makeTypedData,
  umbral: makeUmbral,
}

/** Vectors that come out differently each time, or with each deflater: they are made once and can only be opened. */
const DRAWN = new Set(['umbral', 'seed/shares', 'batch'])

let changed = 0
for (const [file, make] of Object.entries(makers)) {
  const path = new URL(`${file}.json`, import.meta.url)
  const frozen: Vectors = JSON.parse(await readFile(path, 'utf8').catch(() => '{}'))
  const fresh: Vectors = JSON.parse(JSON.stringify(await make()))
  const added = Object.entries(fresh).filter(([name]) => !(name in frozen))
  for (const [name, vector] of Object.entries(fresh)) {
    const isDrawn = DRAWN.has(file) || DRAWN.has(`${file}/${name}`)
    if (name in frozen && !isDrawn && JSON.stringify(frozen[name]) !== JSON.stringify(vector)) {
      console.error(`✗ ${file}.json: ${name} would change; it stays as it was`)
      changed++
    }
  }
  if (added.length === 0) continue
  await writeFile(path, `${JSON.stringify({ ...frozen, ...Object.fromEntries(added) }, undefined, 2)}\n`)
  console.log(`${file}.json: added ${added.map(([name]) => name).join(', ')}`)
}
if (changed > 0) process.exitCode = 1
