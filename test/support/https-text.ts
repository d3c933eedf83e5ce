import { request } from 'node:https'

/** Body of a GET with the hospital's own CA. */
export function textOf(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.once('end', () => resolve(text))
    })
      .once('error', reject)
      .end()
  })
}
