import { EditorClient } from '../../agent/test/editor/client.ts'

const THERMOMETER = 'hygeia-sensor-thermometer'
const VITALS = 'hygeia-record-vitals'
const SPINNING = `
const now = Date.now()
if (now - (context.get('at') ?? 0) >= 10000) {
  context.set('at', now)
  while (Date.now() < now + 5000);
  context.set('times', (context.get('times') ?? 0) + 1)
}
return msg`

/**
 * Deploy the flow that runs with a function node on the way from the thermometer to the record, which lets go of nothing
 * for five seconds out of ten.
 *
 * @throws {Error} when the editor does not take it
 */
export async function deploySpinning(editorUrl: string, password: string): Promise<void> {
  const client = new EditorClient(editorUrl)
  const loggedIn = await client.logIn(password)
  if (loggedIn !== 200) throw new Error(`logging in ended with ${loggedIn}`)
  const { nodes } = await client.flow()
  const { x, y } = { x: 300, y: 600 }
  const deployed = await client.deploy([
    ...nodes.map((node) => {
      if (node.id === THERMOMETER) return { ...node, wires: [['spin']] }
      return node.id === VITALS ? { ...node, raw: 'beside' } : node
    }),
    {
      id: 'spin',
      type: 'function',
      z: 'hygeia-bedside',
      func: SPINNING,
      outputs: 1,
      x,
      y,
      wires: [[VITALS]],
    },
  ])
  if (deployed !== 204) throw new Error(`the deploy ended with ${deployed}`)
}
