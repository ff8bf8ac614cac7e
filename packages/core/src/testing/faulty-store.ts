import { CoreError } from "../errors/mod.ts"
import type { Store } from "../store/mod.ts"
import type { FaultPlan } from "./fault-plan.ts"

/**
 * A store whose units can fail before they are written, and after, when the caller cannot know that they were.
 */
export function faultyStore(store: Store, plan: FaultPlan): Store {
  return {
    ...store,
    async unit(options, statements) {
      const lost = () => new CoreError("store.unavailable", `Cannot write "${options.name}": the connection was lost`)
      await plan.reach(`before:${options.name}`, lost)
      const rows = await store.unit(options, statements)
      await plan.reach(`after:${options.name}`, lost)
      return rows
    },
  }
}
