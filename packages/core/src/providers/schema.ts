import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"

export const serviceProvider = sqliteTable(
  "service_provider",
  {
    tenantId: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    /** Which connector speaks to it, for example `Jasper`. */
    integrationType: text().notNull(),
    baseUrl: text().notNull(),
    username: text().notNull(),
    /** Sealed with the platform's key; opened only to connect. */
    sealedApiKey: text().notNull(),
    billingPeriodEndDay: integer().notNull(),
    billingPeriodEndHour: integer().notNull(),
    timeZone: text().notNull(),
    usesProration: integer({ mode: "boolean" }).notNull(),
    /** 0 to 23, in `timeZone`; null where its optimizations are not scheduled. */
    optimizationStartHour: integer(),
    /** Site of devices that nobody gave one; null where they get none. */
    defaultSiteId: text(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("service_provider_name").on(table.tenantId, table.name),
  ],
)

/** Further credentials of a provider, beside its own: one for each of its accounts at the carrier. */
export const integrationAuthentication = sqliteTable(
  "integration_authentication",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    username: text().notNull(),
    /** Sealed with the platform's key; opened only to connect. */
    sealedApiKey: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.id] }),
    uniqueIndex("integration_authentication_name").on(table.tenantId, table.serviceProviderId, table.name),
  ],
)

/** Which authentication of its provider a device was last seen through; only of providers that hold several. */
export const deviceAuthentication = sqliteTable(
  "device_authentication",
  {
    tenantId: text().notNull(),
    serviceProviderId: text().notNull(),
    carrierDeviceId: text().notNull(),
    integrationAuthenticationId: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.serviceProviderId, table.carrierDeviceId] })],
)
