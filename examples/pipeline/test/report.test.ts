import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { PROGRAM } from "./programs.ts"

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

// Looking at a page takes a browser, which no package can bring: without one these tests do not run, and say so.
describe.skipIf(!existsSync(CHROMIUM))("report.html in a browser", () => {
  let folder: string
  let browser: Browser

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "altaworx-report-"))
    const { status, stderr } = spawnSync(
      process.execPath,
      [PROGRAM, "--devices=1000", "--rate=20000", `--data=${folder}`],
      { encoding: "utf8" },
    )
    expect([status, stderr]).toEqual([0, ""])
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(width: number, colorScheme: "light" | "dark"): Promise<{ page: Page; requests: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
    const requests: string[] = []
    page.on("request", (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(join(folder, "report.html")).href)
    return { page, requests }
  }

  it.each([
    [390, "light"],
    [390, "dark"],
    [1280, "light"],
    [1280, "dark"],
  ] as const)("fits %i pixels, %s, and loads nothing from elsewhere", async (width, colorScheme) => {
    const { page, requests } = await open(width, colorScheme)
    expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0)
    expect(requests).toHaveLength(1)
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")
    const [red = 0] = (background.match(/\d+/g) ?? []).map(Number)
    expect(red > 127).toBe(colorScheme === "light")
    await page.close()
  })

  it("shows the run's figures, its charts with their numbers, and a reason for each of the largest moves", async () => {
    const { page } = await open(1280, "light")
    const { apply } = JSON.parse(readFileSync(join(folder, "last-run.json"), "utf8")) as { apply: { verified: number } }
    expect(await page.locator("h1").textContent()).toMatch(/^Saves [\d,.]+/)
    expect(await page.getByText(`${apply.verified} seen by reading back`).count()).toBe(1)
    expect(await page.locator("svg").count()).toBeGreaterThan(1)
    expect(await page.locator("table").count()).toBeGreaterThanOrEqual(3)
    const reasons = await page.locator("table", { hasText: "Why" }).locator("tbody tr td:last-child").allTextContents()
    expect(reasons.length).toBeGreaterThan(5)
    expect(reasons.every((reason) => reason.trim().length > 10)).toBe(true)
    await page.close()
  })
})
