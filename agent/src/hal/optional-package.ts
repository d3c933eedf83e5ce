import { HalError } from './errors.ts'

/**
 * Load a package that is only installed where it could be built.
 *
 * @throws {HalError} `PACKAGE_MISSING`, also when its native half is missing or was built for another Node
 */
export async function loadOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const advice = `the optional package ${name} is not usable here: install a compiler and run npm rebuild ${name}`
    throw new HalError(advice, { code: 'PACKAGE_MISSING', package: name }, { cause })
  }
}
