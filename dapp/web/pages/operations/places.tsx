import './operations.css'
import { Decisions as DecisionsPage } from './decisions/decisions.tsx'
import { Log as LogPage } from './log.tsx'
import { Overview as OverviewPage } from './overview.tsx'
import { staffed } from './staffed.tsx'
import { Systems as SystemsPage } from './systems/systems.tsx'

/** The places of hospital staff, for who is listed. */
export const Overview = staffed(OverviewPage)
export const Systems = staffed(SystemsPage)
export const Decisions = staffed(DecisionsPage)
export const Log = staffed(LogPage)
