/** Cisco IoT Control Center as a carrier: Jasper, POD19, T-Mobile Jasper and Rogers speak it. */
export {
  CONTROL_CENTER_CAPABILITIES,
  CONTROL_CENTER_FAMILY,
  type ControlCenterCapabilities,
  type ControlCenterType,
} from "./capabilities.ts"
export type { UsernameField } from "./changes.ts"
export { type ControlCenterAccount, type ControlCenterSettings, controlCenter } from "./connector.ts"
export { type ControlCenterConnector, controlCenterConnectors } from "./connectors.ts"
