import { z } from 'zod'

/** An `enode://…` URL. */
export const EnodeUrl = z
  .string()
  .max(512)
  .regex(/^enode:\/\/[0-9a-f]{128}@[^\s@"]+:\d{1,5}(\?\S*)?$/, 'not an enode URL')
