import { CoreError } from "../errors/mod.ts"

/** Roles from least to most; each may do what those before it may. */
export const ROLES = ["viewer", "analyst", "operator", "admin", "owner"] as const

/**
 * What a caller may do: `viewer` reads; `analyst` also tries out and plans; `operator` also runs syncs, optimizations and
 * changes; `admin` also sets up carrier accounts and prices, and reads the audit log; `owner` also manages API keys and
 * tenants.
 */
export type Role = (typeof ROLES)[number]

/** The least role for each action. Data, so that it can be listed and documented. */
export const ACTIONS = {
  "inventory.read": "viewer",
  "service-providers.read": "viewer",
  "sync.read": "viewer",
  "optimization.read": "viewer",
  "bulk-change.read": "viewer",
  "jobs.read": "viewer",
  "optimization.what-if": "analyst",
  "bulk-change.plan": "analyst",
  "sync.run": "operator",
  "optimization.run": "operator",
  "bulk-change.approve": "operator",
  "jobs.steer": "operator",
  "inventory.edit": "admin",
  "service-providers.manage": "admin",
  "audit.read": "admin",
  "api-keys.manage": "owner",
  "tenants.manage": "owner",
} as const satisfies Readonly<Record<string, Role>>

/** Something that a role is needed for. */
export type Action = keyof typeof ACTIONS

/** Whether a role may do this. */
export function mayDo(role: Role, action: Action): boolean {
  // An unknown role has no rank and may do nothing; an unknown action asks for one that nobody has.
  const rank = ROLES.indexOf(role)
  const least = ROLES.indexOf(ACTIONS[action])
  return rank >= 0 && least >= 0 && rank >= least
}

/**
 * Lets pass who may do this.
 *
 * @throws {CoreError} `auth.forbidden` that names the action and the role it takes.
 * @example
 * ```ts
 * import { authorize } from "@altaworx/core/tenancy"
 *
 * authorize({ role: "operator" }, "sync.run")
 * try {
 *   authorize({ role: "viewer" }, "sync.run")
 * } catch (error) {
 *   console.log((error as Error).message) // "Cannot do sync.run: it takes the role operator, the API key has viewer"
 * }
 * ```
 */
export function authorize(principal: { readonly role: Role }, action: Action): void {
  if (mayDo(principal.role, action)) return
  throw new CoreError(
    "auth.forbidden",
    `Cannot do ${action}: it takes the role ${ACTIONS[action]}, the API key has ${principal.role}`,
  )
}
