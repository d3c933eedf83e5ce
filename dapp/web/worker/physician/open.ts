import { PhysicianMemory } from './memory.ts'
import { PhysicianDesk, type PhysicianDeskDeps } from './physician-desk.ts'

export async function openPhysicianDesk(deps: Omit<PhysicianDeskDeps, 'memory'>): Promise<PhysicianDesk> {
  const memory = await PhysicianMemory.open(deps.database, deps.open.entropy)
  return new PhysicianDesk({ ...deps, memory })
}
