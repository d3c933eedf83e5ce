declare module 'secp256k1' {
  interface Secp256k1 {
    ecdsaSign(message: Uint8Array, secretKey: Uint8Array): { signature: Uint8Array; recid: number }
    ecdsaRecover(signature: Uint8Array, recid: number, message: Uint8Array, compressed: boolean): Uint8Array
    publicKeyCreate(secretKey: Uint8Array, compressed: boolean): Uint8Array
    privateKeyVerify(secretKey: Uint8Array): boolean
  }
  const secp256k1: Secp256k1
  export default secp256k1
}
