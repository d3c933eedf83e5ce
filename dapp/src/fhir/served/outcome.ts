/** Kinds of issue that are told here. @see FHIR R4, value set issue-type */
export type IssueType =
  | 'invalid'
  | 'not-supported'
  | 'not-found'
  | 'login'
  | 'throttled'
  | 'too-long'
  | 'exception'
  | 'incomplete'

export type OperationOutcome = ReturnType<typeof outcome>

/** What went wrong, or should be known, as FHIR says it. @param diagnostics - for people: what to do */
export function outcome(severity: 'error' | 'warning', code: IssueType, diagnostics: string) {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code, diagnostics }] } as const
}

const STATUS: Readonly<Record<IssueType, number>> = {
  invalid: 400,
  'not-supported': 400,
  login: 401,
  'not-found': 404,
  'too-long': 413,
  throttled: 429,
  exception: 500,
  incomplete: 500,
}

/** A request that cannot be answered, with its HTTP status. */
export class FhirRefusal extends Error {
  readonly type: IssueType

  constructor(type: IssueType, message: string) {
    super(message)
    this.type = type
  }

  get status(): number {
    return STATUS[this.type]
  }

  get outcome(): OperationOutcome {
    return outcome('error', this.type, this.message)
  }
}
