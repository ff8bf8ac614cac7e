/** Carrier accounts of tenants: settings, sealed credentials, when their billing periods end. */
export { resealCredentials } from "./reseal-credentials.ts"
export {
  billingScheduleOf,
  type ProviderCredentials,
  type ServiceProvider,
  type ServiceProviderSettings,
} from "./service-provider.ts"
export {
  checkEndpoints,
  checkSealingKey,
  createServiceProvider,
  ensureServiceProvider,
  getServiceProvider,
  listServiceProviders,
  openCredentials,
  type ServiceProviderRequest,
} from "./service-providers.ts"
