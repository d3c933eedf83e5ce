import { z } from 'zod'
import { absolutePath } from './absolute-path.ts'

/** The web app for browsers. */
export const DappConfig = z
  .strictObject({
    /** Folder of the built app, with its `dapp.json`; that of the checkout or of the package unless told. */
    dir: absolutePath.optional(),
  })
  .prefault({})
