/** The value below a path like `payload.spo2`. */
export function valueAt(message: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }, message)
}
