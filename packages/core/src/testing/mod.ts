/** For tests: time and chance under control, and ports that fail where they are told to. */
export { type FaultPlan, type FaultPlanOptions, type FaultPoint, faultPlan } from "./fault-plan.ts"
export { faultyCarrier } from "./faulty-carrier.ts"
export { faultyStore } from "./faulty-store.ts"
export { seededRandom } from "./seeded-random.ts"
export { type TestRuntimeOptions, testRuntime } from "./test-runtime.ts"
export { type VirtualClock, type VirtualClockOptions, virtualClock } from "./virtual-clock.ts"
