import type { Carrier, Runtime } from "../../ports/mod.ts"
import type { ControlCenterType } from "./capabilities.ts"
import { controlCenter, type ControlCenterAccount, type ControlCenterSettings } from "./connector.ts"

/** Opens an account of one kind. */
export type ControlCenterConnector = (account: ControlCenterAccount, runtime: Runtime) => Carrier

const TYPES: readonly ControlCenterType[] = ["Jasper", "POD19", "TMobileJasper", "Rogers"]

/**
 * Connectors for all kinds of accounts that speak Control Center, by integration type: what `createCore` wants.
 *
 * @example
 * ```ts
 * import { controlCenterConnectors } from "@altaworx/core/carriers/control-center"
 *
 * console.log(Object.keys(controlCenterConnectors()).join(", ")) // "Jasper, POD19, TMobileJasper, Rogers"
 * ```
 */
export function controlCenterConnectors(
  settings: Omit<ControlCenterSettings, "integrationType"> = {},
): Readonly<Record<ControlCenterType, ControlCenterConnector>> {
  const connectors = TYPES.map((integrationType): [ControlCenterType, ControlCenterConnector] => [
    integrationType,
    (account, runtime) => controlCenter(account, runtime, { ...settings, integrationType }),
  ])
  return Object.fromEntries(connectors) as Record<ControlCenterType, ControlCenterConnector>
}
