import { ACCOUNT_ID, ACCOUNT_NAME, CUSTOMERS } from "../account.ts"
import { answerJson, type SimulatorAnswer } from "../call.ts"
import { CarrierError } from "../carrier-error.ts"
import { checkParameters, placePage, readPageRequest, readProjection } from "../query.ts"
import { CURRENCY, PERMITTED_PLANS, RATE_PLANS } from "../rate-plans.ts"
import { type EndpointCall, requireAdvantage } from "./endpoint.ts"

/** GET `/accounts`: the one account that these credentials may see. */
export function listAccounts(call: EndpointCall): SimulatorAnswer {
  return answerList(call, "accounts", [account()])
}

/** GET `/accounts/{id}`. */
export function getAccount({ query, subject }: EndpointCall): SimulatorAnswer {
  checkParameters(query, [])
  if (subject !== ACCOUNT_ID) throw new CarrierError("20000003")
  return answerJson(200, readProjection(query)(account()))
}

/** GET `/customers`: the names that a device edit accepts as `customer`. */
export function listCustomers(call: EndpointCall): SimulatorAnswer {
  requireAdvantage(call)
  return answerList(call, "customers", CUSTOMERS)
}

/** GET `/customers/{id}`. */
export function getCustomer(call: EndpointCall): SimulatorAnswer {
  requireAdvantage(call)
  checkParameters(call.query, [])
  const customer = CUSTOMERS.find(({ customerId }) => customerId === call.subject)
  if (customer === undefined) throw new CarrierError("10000015")
  return answerJson(200, readProjection(call.query)(customer))
}

function answerList({ carrier, query }: EndpointCall, key: string, items: readonly object[]): SimulatorAnswer {
  checkParameters(query, ["accountId", "pageSize", "pageNumber"])
  const page = readPageRequest(query, carrier.options.modes)
  const { start, lastPage } = placePage(page, items.length, carrier.options.modes)
  const shown = items.slice(start, start + page.pageSize).map(readProjection(query))
  return answerJson(200, { pageNumber: page.pageNumber, lastPage, [key]: shown })
}

function account() {
  return {
    accountName: ACCOUNT_NAME,
    accountId: ACCOUNT_ID,
    type: "STANDARD",
    status: "Active",
    currency: CURRENCY,
    operatorAccountId: null,
    taxId: "-1",
    commPlanDetails: {
      defaultCommPlan: Object.keys(PERMITTED_PLANS)[0] ?? "",
      defaultOnCommProfile: "ON_1",
      defaultOffCommProfile: "OFF_1",
      onCommProfileHlrTemplateId: "777000001",
      offCommProfileHlrTemplateId: "777000002",
    },
    defaultRatePlan: { defaultRatePlanId: RATE_PLANS[0]?.id ?? 0, defaultRatePlanName: RATE_PLANS[0]?.name ?? "" },
  }
}
