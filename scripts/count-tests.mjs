// Prints `N passed, N failed` from vitest's JSON report: `node scripts/count-tests.mjs report.json`. A test file that did
// not even load counts as one failure; without a report nothing ran, and nothing passed.
import { existsSync, readFileSync } from "node:fs"

const report = process.argv[2]
if (report === undefined || !existsSync(report)) {
  console.log("0 passed, 0 failed")
} else {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"))
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  )
  console.log(`${numPassedTests} passed, ${numFailedTests + unloaded.length} failed`)
}
