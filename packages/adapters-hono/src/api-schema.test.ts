import type { ExtractSchema } from "hono/types"
import { describe, expectTypeOf, it } from "vitest"
import type { ApiSchema } from "./api-schema.ts"
import type { withRoutes } from "./create-app.ts"

type Routes = ExtractSchema<ReturnType<typeof withRoutes>>

describe("ApiSchema", () => {
  it("is what the routes take and give, no more and no less", () => {
    expectTypeOf<keyof Routes>().toEqualTypeOf<keyof ApiSchema>()
    expectTypeOf<Routes>().toExtend<ApiSchema>()
    expectTypeOf<ApiSchema>().toExtend<Routes>()
  })
})
