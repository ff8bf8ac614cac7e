/** Cisco IoT Control Center as a carrier: Jasper, POD19, T-Mobile Jasper and Rogers speak it. */
export { CONTROL_CENTER_CAPABILITIES } from "./capabilities.ts"
export { type ControlCenterAccount, type ControlCenterSettings, controlCenter } from "./connector.ts"
