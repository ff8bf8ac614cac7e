import { type Html, html } from "./html.ts"

/** The report's style sheet: light and dark by the reader's preference, one column on a phone, printable. */
export function reportStyle(): Html {
  return html`<style>
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --ink: #14181f; --soft: #5a6473; --line: #e3e6eb; --faint: #eef0f4;
  --accent: #1d5fd0; --good: #107a4b; --good-soft: #e2f4ea; --bad: #b3261e; --warn: #8a5a00; --before: #b4bcc9;
  --c0: #2f6fe0; --c1: #e8871e; --c2: #159a72; --c3: #c2417f; --c4: #7b52d6; --c5: #1294b5; --c6: #a3801a; --c7: #d1495b;
  --c8: #8b95a5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #171b22; --ink: #e9edf3; --soft: #9aa5b5; --line: #2a303a; --faint: #20252e;
    --accent: #79aaff; --good: #5fd39b; --good-soft: #12301f; --bad: #ff8a80; --warn: #f2c063; --before: #566071;
    --c0: #6b9dff; --c1: #f3a54b; --c2: #3fc79a; --c3: #ec7db0; --c4: #a88bf5; --c5: #45c2e0; --c6: #d3b24b; --c7: #f07f8c;
    --c8: #768092;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: clamp(1.75rem, 5vw, 2.6rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 8px; text-wrap: balance; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 4px; letter-spacing: -.01em; }
h3 { font-size: .95rem; margin: 20px 0 4px; }
p { margin: 0 0 12px; }
.kicker { color: var(--soft); font-size: .85rem; margin: 0 0 12px; }
.lead { color: var(--soft); max-width: 68ch; margin: 0; }
.note { color: var(--soft); font-size: .875rem; max-width: 72ch; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
section, .hero { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px; margin-top: 16px; }
.hero { padding: 24px 20px; }
.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1px; background: var(--card);
  border: 1px solid var(--line); border-radius: 14px; overflow: hidden; margin: 16px 0 0; }
@media (min-width: 700px) { .figures { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
.figures > div { padding: 14px 16px; outline: 1px solid var(--line); }
.figures dt { color: var(--soft); font-size: .8rem; }
.figures dd { margin: 0; font-size: 1.25rem; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.figures small { display: block; color: var(--soft); font-size: .78rem; font-weight: 400; letter-spacing: 0; }
.pair { display: grid; gap: 0 16px; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 940px) { .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
svg { display: block; width: 100%; margin-top: 12px; overflow: visible; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .over { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg .name { fill: var(--ink); font-weight: 600; font-size: 13px; }
svg .grid { stroke: var(--line); } svg .axis { stroke: var(--soft); }
.f-before { fill: var(--before); } .f-track { fill: var(--faint); } .f-good { fill: var(--good); } .f-bad { fill: var(--bad); } .f-warn { fill: var(--warn); }
.f-ink { fill: var(--ink); } .s-ink { stroke: var(--ink); }
.f0 { fill: var(--c0); } .f1 { fill: var(--c1); } .f2 { fill: var(--c2); } .f3 { fill: var(--c3); } .f4 { fill: var(--c4); }
.f5 { fill: var(--c5); } .f6 { fill: var(--c6); } .f7 { fill: var(--c7); } .f8 { fill: var(--c8); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; list-style: none; font-size: .82rem; color: var(--soft); }
.legend svg { display: inline-block; width: 10px; height: 10px; margin: 0 6px 0 0; }
.scroll { overflow-x: auto; margin: 8px -20px 0; padding: 0 20px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .82rem; padding-bottom: 6px; }
th, td { text-align: left; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: .8rem; white-space: nowrap; }
tbody th { color: var(--ink); font-weight: 600; font-size: .9rem; }
tbody tr:last-child > * { border-bottom: 0; }
td.n, th.n { text-align: right; padding-right: 0; padding-left: 12px; white-space: nowrap; }
.why { color: var(--soft); padding-left: 20px; padding-right: 0; }
@media (min-width: 700px) { td code { white-space: nowrap; font-size: .8em; } }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--accent); font-size: .875rem; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
code { font: .85em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
ul.plain { margin: 8px 0 0; padding-left: 20px; font-size: .9rem; }
@media (max-width: 699px) {
  .cards thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .cards tr { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2px 16px; padding: 14px 0; border-bottom: 1px solid var(--line); }
  .cards tbody tr:last-child { border-bottom: 0; }
  .cards th, .cards td, .cards td.n, .cards .why { border: 0; padding: 0; white-space: normal; }
  .cards td.n { text-align: left; }
  .cards .wide { grid-column: 1 / -1; }
  .cards [data-label] { display: flex; justify-content: space-between; align-items: baseline; }
  .cards [data-label]::before { content: attr(data-label); color: var(--soft); font-size: .8rem; font-weight: 400; }
}
footer { color: var(--soft); font-size: .82rem; margin: 24px 4px 0; }
@media print { body { background: none; } section, .hero { break-inside: avoid; border-color: #ccc; } }
</style>`
}
