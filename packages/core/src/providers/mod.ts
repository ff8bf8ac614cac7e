/** Carrier accounts of tenants: settings, sealed credentials, when their billing periods end. */
export { checkEndpoints, checkSealingKey, credentialsVersion, openCredentials } from "./credentials.ts"
export {
  findDeviceAuthentications,
  type IntegrationAuthentication,
  type IntegrationAuthenticationRequest,
  listIntegrationAuthentications,
  removeIntegrationAuthentication,
  setIntegrationAuthentication,
} from "./integration-authentications.ts"
export { joinAccounts, type OpenedAccount } from "./join-accounts.ts"
export { resealCredentials } from "./reseal-credentials.ts"
export {
  billingScheduleOf,
  type ProviderCredentials,
  type ServiceProvider,
  type ServiceProviderSettings,
} from "./service-provider.ts"
export {
  createServiceProvider,
  ensureServiceProvider,
  getServiceProvider,
  listServiceProviders,
  type ServiceProviderRequest,
} from "./service-providers.ts"
