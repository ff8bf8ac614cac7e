import { findDeviceAuthentications, listIntegrationAuthentications } from "../../providers/mod.ts"
import type { m2mFleet } from "./carrier-fleet.ts"
import type { FleetSim, Market } from "./fleet.ts"
import type { UsableRatePlans } from "./usable-rate-plans.ts"

type OpenFleet = typeof m2mFleet

/**
 * The fleet of a provider that holds several authentications: each is an account of its own at the carrier, which bills no
 * pool over two of them. So each is a market of its own, with its own share of every pool. With one authentication the
 * fleet stays as it is.
 */
export function byAuthentication(openFleet: OpenFleet): OpenFleet {
  return async (core, tenantId, session, period) => {
    const fleet = await openFleet(core, tenantId, session, period)
    const { serviceProviderId } = session
    const authentications = await listIntegrationAuthentications(core, tenantId, serviceProviderId)
    if (authentications.length === 1) return fleet
    const known = new Set(authentications.map(({ id }) => id))
    const marketOf = (authenticationId: string, market: string) => JSON.stringify([authenticationId, market])
    return {
      markets: () =>
        authentications.flatMap(({ id, name }) =>
          fleet.markets().map(
            (market): Market => ({
              ...market,
              name: marketOf(id, market.name),
              integrationAuthenticationId: id,
              usable: withPoolsOf(name, market.usable),
            }),
          ),
        ),
      async *sims() {
        for await (const page of fleet.sims()) {
          const ids = page.map(({ carrierDeviceId }) => carrierDeviceId)
          const seenThrough = await findDeviceAuthentications(core, { tenantId, serviceProviderId }, ids)
          yield page.map((sim): FleetSim => {
            const id = seenThrough.get(sim.carrierDeviceId)
            // What was seen before there were several belongs to the first.
            return {
              ...sim,
              market: marketOf(id !== undefined && known.has(id) ? id : authentications[0].id, sim.market),
            }
          })
        }
      },
    }
  }
}

/** The same plans, in pools that are named after their account too: a report has all of them. */
function withPoolsOf(account: string, usable: UsableRatePlans): UsableRatePlans {
  const nameOf = (pool: string) => `${pool} (${account})`
  return {
    ...usable,
    plans: new Map(
      [...usable.plans].map(([name, plan]) => [name, plan.pool == null ? plan : { ...plan, pool: nameOf(plan.pool) }]),
    ),
    pools: new Map([...usable.pools].map(([id, pool]) => [nameOf(id), { ...pool, id: nameOf(id) }])),
  }
}
