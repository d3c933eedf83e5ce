import { CodedError } from '@hygeia/protocol/errors'

/** Not signed with the present receipt key of an active hospital. */
export type AddressFault = { readonly code: 'HOSPITAL_UNKNOWN' }

export class AddressError extends CodedError<AddressFault> {}
