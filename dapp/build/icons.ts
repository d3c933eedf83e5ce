import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

// Draws the icon for systems that take no SVG: run after dapp/web/public/icon.svg was changed.
const PUBLIC = new URL('../web/public/', import.meta.url)
const svg = await readFile(new URL('icon.svg', PUBLIC), 'utf8')
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
for (const size of [192, 512]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`)
  const path = fileURLToPath(new URL(`icon-${size}.png`, PUBLIC))
  await writeFile(path, await page.screenshot({ omitBackground: true }))
}
await browser.close()
