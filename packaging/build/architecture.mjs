/** A machine that is built for, in the words of Debian, of npm and of the compiler. */
export const ARCHITECTURES = {
  arm64: { debian: 'arm64', npm: 'arm64', triplet: 'aarch64-linux-gnu' },
  amd64: { debian: 'amd64', npm: 'x64', triplet: 'x86_64-linux-gnu' },
}

/** Of this machine. */
export const HERE = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** Programs of the tool chain that makes code for `arch`. */
export function toolsFor({ triplet }) {
  const prefix = triplet === ARCHITECTURES[HERE].triplet ? '' : `${triplet}-`
  return { cc: `${prefix}gcc`, cxx: `${prefix}g++`, strip: `${prefix}strip` }
}
