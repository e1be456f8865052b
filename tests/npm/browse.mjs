// Opens pages in headless Chromium and tells of each what happened: requests that left the host, what the console said,
// what axe finds, where the Tab key leads. Reads {browser, profile, pictures, url, pages}; of a page: its path, how many
// elements of which selector it must have, what to fill in and to click then, what is then to be read, and which parts
// axe looks at.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { chromium } from "playwright-core";

const asked = JSON.parse(await text(process.stdin));
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] };
const WIDTHS = { desktop: 1280, phone: 390 };
const STOPS = 14;
const PATIENCE = 120_000; // on a busy machine

const context = await chromium.launchPersistentContext(asked.profile, {
  executablePath: asked.browser,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
  timeout: PATIENCE,
});
context.setDefaultTimeout(PATIENCE);

async function visit({ path, wait, count, fill, clicks, read, parts }) {
  const page = await context.newPage();
  const report = { origin: asked.url, elsewhere: [], failed: [], console: [], axe: {}, tabs: [], beyond: {}, cut: {} };
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== asked.url) report.elsewhere.push(request.url());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) report.failed.push(`${response.status()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => report.failed.push(`${request.failure()?.errorText} ${request.url()}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) report.console.push(message.text());
  });
  page.on("pageerror", (error) => report.console.push(String(error)));

  await page.goto(asked.url + path);
  report.met = await met(page, wait, count);
  report.title = await page.title();
  for (const [name, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    // What a viewer shows is many screens long.
    await page.screenshot({ path: `${asked.pictures}/${picture(path)}-${name}.png`, fullPage: !parts });
    report.beyond[name] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    report.cut[name] = await page.evaluate(() =>
      [...document.querySelectorAll(".table")].filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.ariaLabel));
    report.axe[name] = await violations(page, parts);
  }
  await page.setViewportSize({ width: WIDTHS.desktop, height: 900 });
  report.reachable = await page.evaluate(() => document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']").length);
  report.tabs = await tabbed(page);
  if (fill) await page.fill(...fill);
  for (const each of clicks) await page.click(each);
  report.read = await page.innerText(read);
  await page.close();
  return report;
}

// How many different ones come into view on the way down, and down again: Swagger UI draws no others.
async function met(page, what, count) {
  const found = await page.waitForFunction(([what, count]) => {
    const met = (globalThis.met ??= new Set());
    for (const each of document.querySelectorAll(what)) met.add(each.id || each);
    if (met.size >= count) return met.size;
    const atTheEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
    scrollTo(0, atTheEnd ? 0 : scrollY + innerHeight / 3);
    return 0;
  }, [what, count], { polling: 100 });
  await page.evaluate(() => scrollTo(0, 0));
  return found.jsonValue();
}

const picture = (path) => path.replace(/\W+/g, "-").replace(/^-|-$/g, "") || "start";

async function violations(page, parts) {
  // Evaluated, and not added as a script of the page: its policy stays as it is.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    ([include, rules]) => globalThis.axe.run(include ? { include } : document, rules),
    [parts, RULES],
  );
  const of = ({ id, nodes }) => nodes.map(({ target, failureSummary }) => ({ id, target: `${target}`, failureSummary }));
  return violations.flatMap(of);
}

// The first stops of the Tab key, and whether each shows that it has the focus.
async function tabbed(page) {
  const stops = [];
  await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press("Tab");
    // After the last stop, the focus leaves the page.
    if (await page.evaluate(() => document.activeElement === document.body)) break;
    stops.push(await page.evaluate(() => {
      const here = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(here);
      const { right } = here.getBoundingClientRect();
      const shown = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && right > 0;
      return { name: `${here.tagName} ${here.ariaLabel ?? here.innerText}`.slice(0, 60), shown };
    }));
  }
  return stops;
}

try {
  const reports = {};
  for (const page of asked.pages) reports[page.path] = await visit(page);
  console.log(JSON.stringify(reports));
} finally {
  await context.close();
}
