import * as v from "valibot"
import type { CallOptions } from "../call-options.ts"
import { createPaged, MAX_PAGE_SIZE } from "../paged-list.ts"
import type { ListOptions, Paged } from "../paging.ts"
import type { Caller } from "../transport/caller.ts"
import { type Account, accountPageSchema, accountSchema } from "../wire/account.ts"
import { readAnswer } from "../wire/read-answer.ts"

/** Accounts; mostly for operator users: an enterprise key may be refused. */
export interface AccountsEndpoint {
  list(options?: ListOptions): Paged<Account>
  get(accountId: string, options?: CallOptions): Promise<Account>
}

/** Customers. Their shape is not documented: records are handed over as they come. */
export interface CustomersEndpoint {
  list(options?: CallOptions): Promise<unknown>
  get(customerId: string, options?: CallOptions): Promise<unknown>
}

/** Accounts, over one caller. */
export function createAccountsEndpoint(call: Caller): AccountsEndpoint {
  return {
    list: (options) =>
      createPaged(
        call,
        {
          path: "/accounts",
          query: { pageSize: String(MAX_PAGE_SIZE) },
          read: (answer) => readAnswer(accountPageSchema(), answer),
        },
        options,
      ),
    get: async (accountId, options = {}) => {
      const path = `/accounts/${idPart(accountId)}`
      return readAnswer(accountSchema(), await call({ method: "GET", path }, options))
    },
  }
}

/** Customers, over one caller. */
export function createCustomersEndpoint(call: Caller): CustomersEndpoint {
  const anything = v.record(v.string(), v.unknown())
  return {
    list: async (options = {}) => readAnswer(anything, await call({ method: "GET", path: "/customers" }, options)),
    get: async (customerId, options = {}) =>
      readAnswer(anything, await call({ method: "GET", path: `/customers/${idPart(customerId)}` }, options)),
  }
}

function idPart(id: string): string {
  if (typeof id !== "string" || id === "") throw new TypeError("Cannot read the record: its id is missing")
  return encodeURIComponent(id)
}
