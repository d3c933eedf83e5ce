/** What an error of ours knows: a code that callers switch on, and the facts that go with it. */
export type Fault = { readonly code: string }

/** An error whose `detail` is one of a union of codes with their facts; each folder that fails names its own. */
export class CodedError<F extends Fault> extends Error {
  readonly detail: F

  constructor(message: string, detail: F, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.detail = detail
  }

  get code(): F['code'] {
    return this.detail.code
  }
}

/** Bytes or text from outside that are not what they should be. `what` names the field or format. */
export class MalformedError extends CodedError<{ readonly code: 'MALFORMED'; readonly what: string }> {
  constructor(what: string, message: string, options?: ErrorOptions) {
    super(`${what}: ${message}`, { code: 'MALFORMED', what }, options)
  }
}
