// Runs in the test Pi: says how many ms of its processor one Umbral encryption takes.
import { encryptionMs } from '../../report/encryption.ts'

console.log(encryptionMs())
