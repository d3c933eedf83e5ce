declare module 'solc' {
  const solc: {
    /** Version and build of the compiler. */
    version(): string
    /** Compile standard JSON to standard JSON. */
    compile(input: string): string
  }
  export default solc
}
