import PQueue from "p-queue"
import type { StepVia } from "../bulk-change-device.ts"
import { type Systems, systemOf } from "./systems.ts"

/** Calls that wait for their turn or are under way: one queue for each side. */
export type CallQueues = Map<StepVia, PQueue>

/** Puts a call in line; of each side as many are begun at once as it allows. */
export function addCall(queues: CallQueues, systems: Systems, via: StepVia, call: () => Promise<void>): Promise<void> {
  const queue = queues.get(via) ?? new PQueue({ concurrency: systemOf(systems, via).capabilities.concurrency.value })
  queues.set(via, queue)
  return queue.add(call)
}

/** Calls that wait or are under way. */
export function openCalls(queues: CallQueues): number {
  return [...queues.values()].reduce((sum, { size, pending }) => sum + size + pending, 0)
}

/** Waits until no more than `most` calls are open. */
export async function untilOpen(queues: CallQueues, most: number): Promise<void> {
  while (openCalls(queues) > most) {
    const busy = [...queues.values()].filter(({ pending }) => pending > 0)
    await Promise.race(busy.map((queue) => new Promise((go) => queue.addEventListener("next", go, { once: true }))))
  }
}
