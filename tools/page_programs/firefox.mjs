// Use the page of `seq2seq export --web` in Firefox, over WebDriver BiDi.
//
//     node firefox.mjs < job.json
//
// The job, which ../page_firefox.py writes, has the program, the address, the sentences, the number
// of visits, the milliseconds to wait, the source of axe-core, and where a screenshot goes. The
// answer is JSON, too. NODE_PATH names the folder of npm's puppeteer-core.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const puppeteer = createRequire(import.meta.url)("puppeteer-core");
const SCHEMES = { dark: 0, light: 1 };
const { program, address, sentences, visits, wait, axe, views } = JSON.parse(readFileSync(0, "utf8"));

/** Start Firefox, let it do something, and end it. */
async function withFirefox(scheme, action) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: program,
    timeout: wait,
    protocolTimeout: wait,
    extraPrefsFirefox: {
      "intl.accept_languages": "en-US",
      "layout.css.prefers-color-scheme.content-override": SCHEMES[scheme],
    },
  });
  try {
    return await action(browser);
  } finally {
    await browser.close();
  }
}

/** Open the page in a context of its own; its complaints and requests are collected. */
async function open(browser, viewport) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  if (viewport) await page.setViewport(viewport);
  const opened = { context, page, complaints: [], requests: [] };
  page.on("console", (message) => opened.complaints.push(message.text()));
  page.on("pageerror", (error) => opened.complaints.push(String(error)));
  page.on("request", (request) => opened.requests.push(request.url()));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`${event.violatedDirective} forbids ${event.blockedURI}`);
    });
  });
  await page.goto(address, { waitUntil: "domcontentloaded", timeout: wait });
  return opened;
}

/** Wait until the page is in a state. */
function until(page, name) {
  return page.waitForSelector(`html[data-${name}=ready]`, { timeout: wait });
}

/** Type a text as fast as a paste, and return its translation. */
async function translation(page, text) {
  await page.$eval("#source", (area, value) => {
    area.value = value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
  await until(page, "state");
  return page.$eval("#target", (area) => area.value);
}

/** Return the milliseconds from the beginning of loading until the page can translate. */
async function timeUntilReady(browser) {
  const { context, page } = await open(browser);
  await until(page, "state");
  const time = await page.evaluate(() => performance.getEntriesByName("ready")[0].startTime);
  await context.close();
  return time;
}

/** Translate all sentences, and return what the page requests meanwhile. */
async function translateAll(browser) {
  const { context, page, complaints, requests } = await open(browser);
  await until(page, address.startsWith("file:") ? "models" : "offline");
  await page.select("#from", "es");
  requests.length = 0;
  const found = [];
  for (const sentence of sentences) found.push(await translation(page, sentence));
  await context.close();
  return { found, complaints, requests };
}

/** Check both views with axe-core; return the violations. */
async function violations(scheme, width) {
  return withFirefox(scheme, async (browser) => {
    const { page } = await open(browser, { width, height: 800 });
    await until(page, "models");
    await translation(page, "Tengo hambre.");
    await page.evaluate(axe);
    const found = [];
    for (const view of ["translate", "inside"]) {
      await page.click(`#tab-${view}`);
      if (view === "inside") await page.waitForSelector("#inside .sentence", { timeout: wait });
      found.push(...(await page.evaluate(() => axe.run())).violations);
    }
    return found.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0].html }));
  });
}

const answer = await withFirefox("light", async (browser) => {
  const ready = [];
  for (let visit = 0; visit < visits; visit++) ready.push(await timeUntilReady(browser));
  return { version: await browser.version(), ready, ...(await translateAll(browser)) };
});
if (axe) {
  answer.violations = [];
  for (const [scheme, width] of views) {
    answer.violations.push(await violations(scheme, width));
  }
}
process.stdout.write(JSON.stringify(answer));
