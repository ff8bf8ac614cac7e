import { configDefaults, defineProject } from "vitest/config"

const DEEP = "**/*.deep.test.ts"

/**
 * The tests of one package or example, run from the sources. `npm test` leaves out the long ones, named
 * `*.deep.test.ts`; `npm run test:deep` runs only those.
 *
 * @param options For tests that start programs: `testTimeout` in milliseconds, and the module that makes the programs.
 */
export function sourceProject(
  name: string,
  options: { readonly testTimeout?: number; readonly globalSetup?: string } = {},
): ReturnType<typeof defineProject> {
  const tests =
    process.env["TEST_DEPTH"] === "deep"
      ? { include: [DEEP] }
      : { include: ["**/*.test.ts"], exclude: [...configDefaults.exclude, "dist/**", DEEP] }
  return defineProject({
    resolve: { conditions: ["@altaworx/source"] },
    ssr: { resolve: { conditions: ["@altaworx/source"] } },
    // Two cores: two files at a time. A project does not take this from the configuration above it, and would run one.
    test: { name, maxWorkers: 2, ...options, ...tests },
  })
}
