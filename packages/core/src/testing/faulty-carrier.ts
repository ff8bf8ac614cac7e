import { CoreError } from "../errors/mod.ts"
import type { Carrier } from "../ports/mod.ts"
import type { FaultPlan } from "./fault-plan.ts"

type Call = (...args: readonly unknown[]) => unknown

/**
 * A carrier whose calls can fail before they are sent and after they took effect. Points are `before:` and `after:` each
 * call by its name in the port, `carrier.change` for example, and of a scan each of its batches. A change whose answer is
 * lost is `unknown`, as the port promises; every other fault is thrown.
 */
export function faultyCarrier(carrier: Carrier, plan: FaultPlan): Carrier {
  const calls = Object.entries(carrier).map(([name, value]) => [
    name,
    typeof value === "function" ? faultyCall(name, (value as Call).bind(carrier), plan) : (value as unknown),
  ])
  return Object.fromEntries(calls) as Carrier
}

function faultyCall(name: string, call: Call, plan: FaultPlan): Call {
  const point = `carrier.${name}`
  const lost = () => new CoreError("carrier.unavailable", `Cannot call the carrier: the answer to ${name} was lost`)
  // Only scans give batches; all other calls answer once.
  if (name === "list" || name === "usage") {
    return (...args) => faultyBatches(call(...args) as AsyncGenerator<unknown, unknown, void>, point, plan, lost)
  }
  return async (...args) => {
    await plan.reach(`before:${point}`, lost)
    const answer = await call(...args)
    try {
      await plan.reach(`after:${point}`, lost)
    } catch (error) {
      if (name !== "change") throw error
      return { outcome: "unknown", code: null, text: "The answer was lost" }
    }
    return answer
  }
}

async function* faultyBatches(
  batches: AsyncGenerator<unknown, unknown, void>,
  point: string,
  plan: FaultPlan,
  lost: () => Error,
): AsyncGenerator<unknown, unknown, void> {
  try {
    for (;;) {
      await plan.reach(`before:${point}`, lost)
      const batch = await batches.next()
      await plan.reach(`after:${point}`, lost)
      if (batch.done) return batch.value
      yield batch.value
    }
  } finally {
    await batches.return(undefined)
  }
}
