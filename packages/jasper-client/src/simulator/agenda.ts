/** Something that is to happen to one SIM at an instant. */
export interface Appointment {
  /** Epoch milliseconds. */
  readonly at: number
  readonly id: number
  readonly fields: Readonly<Record<string, string>>
  /** Happens only if the SIM still has this value in this field then. */
  readonly onlyIf?: { readonly field: string; readonly value: string }
}

/** Appointments in the order of time. */
export interface Agenda {
  add(appointment: Appointment): void
  /** Takes the next appointment that is due by `now`, or undefined. */
  takeDue(now: number): Appointment | undefined
}

/** A sorted list, read from its end. Appointments of one instant keep the order in which they were made. */
export function createAgenda(appointments: readonly Appointment[] = []): Agenda {
  const latestFirst = [...appointments].sort((a, b) => b.at - a.at)

  return {
    add(appointment) {
      let low = 0
      let high = latestFirst.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((latestFirst[middle]?.at ?? 0) > appointment.at) low = middle + 1
        else high = middle
      }
      latestFirst.splice(low, 0, appointment)
    },
    takeDue(now) {
      const next = latestFirst.at(-1)
      return next === undefined || next.at > now ? undefined : latestFirst.pop()
    },
  }
}
