import { isAbsolute } from 'node:path'
import { z } from 'zod'

export const absolutePath = z.string().refine(isAbsolute, 'not an absolute path')
