import type { Appointment } from "./agenda.ts"
import type { Fleet } from "./fleet.ts"
import { hash32 } from "./hash.ts"

const STREAM = 50
const DAY_MS = 86_400_000

/**
 * What SIMs do by themselves: one in test reaches its quota within ninety days and becomes ready for activation, one
 * that is ready activates itself at its first use.
 *
 * Follows from the seed alone, so that nothing of it needs a journal.
 */
export function planLifecycle(seed: number, fleet: Fleet, asOf: number): readonly Appointment[] {
  const appointments: Appointment[] = []
  const within = (id: number, days: number, turn: number): number =>
    Math.floor((hash32(seed, STREAM + turn, id) / 0x1_0000_0000) * days * DAY_MS)
  for (let id = 0; id < fleet.size; id++) {
    const seeded = fleet.deviceOf(id).status
    if (seeded !== "TEST_READY" && seeded !== "ACTIVATION_READY") continue
    const readyAt = seeded === "TEST_READY" ? asOf + within(id, 90, 0) : asOf
    if (seeded === "TEST_READY") {
      appointments.push({ at: readyAt, id, fields: { status: "ACTIVATION_READY" }, onlyIf: status("TEST_READY") })
    }
    const firstUseAt = readyAt + 1 + within(id, 400, 1)
    appointments.push({ at: firstUseAt, id, fields: { status: "ACTIVATED" }, onlyIf: status("ACTIVATION_READY") })
  }
  return appointments
}

function status(value: string): { readonly field: string; readonly value: string } {
  return { field: "status", value }
}
