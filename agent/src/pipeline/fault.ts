import type { z } from 'zod'

/** Why a flow is no pipeline, and at which node; without one it is the flow as a whole. */
export interface FlowFault {
  readonly node?: string
  readonly message: string
}

/** @param skip - how much of the path the node itself stands for */
export function issuesOf(node: string, error: z.ZodError, skip = 0): readonly FlowFault[] {
  return error.issues.map(({ path, message }) => {
    const field = path.slice(skip).join('.')
    return { node, message: field === '' ? message : `${field}: ${message}` }
  })
}
