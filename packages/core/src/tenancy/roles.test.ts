import { describe, expect, it } from "vitest"
import { ACTIONS, type Action, authorize, mayDo, ROLES, type Role } from "./mod.ts"

describe("authorize()", () => {
  // Written out, and not computed from ACTIONS: who may do what is a promise.
  const ALLOWED: Readonly<Record<Role, readonly Action[]>> = {
    viewer: [
      "inventory.read",
      "service-providers.read",
      "sync.read",
      "optimization.read",
      "bulk-change.read",
      "jobs.read",
    ],
    analyst: ["optimization.what-if", "bulk-change.plan"],
    operator: ["sync.run", "optimization.run", "bulk-change.approve", "jobs.steer"],
    admin: ["inventory.edit", "service-providers.manage", "audit.read"],
    owner: ["api-keys.manage", "tenants.manage"],
  }

  it.each(ROLES)("lets %s do what its role and the lesser ones may, and nothing else", (role) => {
    const allowed = ROLES.slice(0, ROLES.indexOf(role) + 1).flatMap((one) => ALLOWED[one])
    const passed = (Object.keys(ACTIONS) as Action[]).filter((action) => {
      try {
        authorize({ role }, action)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: "auth.forbidden", message: expect.stringContaining(action) })
        return false
      }
    })
    expect(passed.toSorted()).toEqual(allowed.toSorted())
  })

  it("lets nobody through with a role or an action that does not exist", () => {
    for (const role of ["root", "", "constructor", undefined]) expect(mayDo(role as Role, "inventory.read")).toBe(false)
    for (const action of ["all", "", "constructor", "toString"]) expect(mayDo("owner", action as Action)).toBe(false)
  })
})
