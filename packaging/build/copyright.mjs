import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const LICENCE = /^(licen[cs]e|copying|notice)/i

/**
 * Who made what is in the package, and on which terms: Debian's copyright file.
 *
 * @param packages - folders relative to `root`
 */
export async function copyrightOf(root, nodeHome, packages) {
  const parts = [
    'Hygeia is free software: GPL-3.0-only; see /usr/share/common-licenses/GPL-3.\n',
    `\n== Node.js ==\n\n${await readFile(join(nodeHome, 'LICENSE'), 'utf8')}`,
  ]
  for (const folder of packages) {
    const { name, version, license, author } = JSON.parse(
      await readFile(join(root, folder, 'package.json'), 'utf8'),
    )
    const [file] = (await readdir(join(root, folder))).filter((one) => LICENCE.test(one)).sort()
    const text =
      file === undefined
        ? `By ${typeof author === 'string' ? author : (author?.name ?? 'its authors')}; terms: ${license}\n`
        : await readFile(join(root, folder, file), 'utf8')
    parts.push(`\n== ${name} ${version} (${license}) ==\n\n${text}`)
  }
  return parts.join('')
}
