/** The code of what went wrong, for a status line: never a message, which may hold names and addresses. */
export function faultCode(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? cause.name : 'UNKNOWN'
}
