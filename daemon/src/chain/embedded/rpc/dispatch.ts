import type { Clock } from '@hygeia/runtime/clock'
import { RpcError } from '../../errors.ts'
import type { Call } from '../../json-rpc/answer-body.ts'
import { code } from '../../json-rpc/fault.ts'
import { accountMethods } from './accounts.ts'
import { blockMethods } from './blocks.ts'
import { callMethods } from './calls.ts'
import { cliqueMethods } from './clique.ts'
import type { Methods, RpcContext } from './context.ts'
import { feeMethods } from './fees.ts'
import { filterMethods } from './filters.ts'
import { logMethods } from './logs.ts'
import { nodeMethods } from './node.ts'
import { rawMethods } from './raw.ts'
import { transactionMethods } from './transactions.ts'

/** Every method that the engine answers, over HTTP and over the message port alike. */
export function methodTable(context: RpcContext, deps: { clock: Clock }): Call {
  const methods: Methods = {
    ...nodeMethods(context),
    ...blockMethods(context),
    ...transactionMethods(context),
    ...accountMethods(context),
    ...callMethods(context),
    ...logMethods(context),
    ...filterMethods(context, deps),
    ...feeMethods(context),
    ...cliqueMethods(context),
    ...rawMethods(context),
  }
  return async (method, params) => {
    const answer = Object.hasOwn(methods, method) ? methods[method] : undefined
    if (answer === undefined) {
      throw new RpcError(`the method ${method} does not exist/is not available`, { code: code.method })
    }
    return answer(params)
  }
}
