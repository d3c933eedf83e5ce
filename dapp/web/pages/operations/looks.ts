import { SECOND_MS } from '@hygeia/protocol/units'
import { room } from '../../shell/session.ts'
import { Look } from './look.ts'

const OFTEN_MS = 3 * SECOND_MS
const SELDOM_MS = 15 * SECOND_MS

const desk = () => room.value.operations

/** Whether the account is listed, and as what. */
export const staffing = new Look(5 * SECOND_MS, () => desk().staffing())
export const validator = new Look(OFTEN_MS, () => desk().validator())
export const ipfs = new Look(OFTEN_MS, () => desk().ipfs())
export const ingest = new Look(OFTEN_MS, () => desk().ingest())
// A page of them after another: a hospital has thousands.
export const devices = new Look(SELDOM_MS, () => desk().devices())
export const hospitals = new Look(5 * SECOND_MS, () => desk().hospitals())
export const certificates = new Look(SELDOM_MS, () => desk().certificates())
export const physicians = new Look(5 * SECOND_MS, () => desk().physicians())
export const proposals = new Look(OFTEN_MS, () => desk().proposals())
export const log = new Look(5 * SECOND_MS, () => desk().log())

export const isOperator = () => staffing.value.value?.listed === 'operator'
/** The account that is signed in here. */
export const ownAccount = () => staffing.value.value?.account
