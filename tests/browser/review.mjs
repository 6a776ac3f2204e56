// Looks at a pack's review.html in a real browser, without network, and says what is not as promised.
//
//   node review.mjs CHROMIUM PACK KIND [FOLDER FOR PICTURES]
//
// KIND is passed, failed, faults, rejected, large or hostile: what the pack is an example of. Every line of output is "ok" or "FAILED" with what
// was looked at; the exit code is 1 where anything failed.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve, join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [chromium, pack, kind, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = pathToFileURL(resolve(join(pack, "review.html"))).href;
let failures = 0;

function check(what, isTrue, detail = "") {
  if (!isTrue) failures += 1;
  console.log(`${isTrue ? "ok    " : "FAILED"} ${kind}: ${what}${isTrue || detail === "" ? "" : ` (${detail})`}`);
}

const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"],
});
try {
  const page = await browser.newPage();
  const said = [], asked = [];
  page.on("console", (message) => { if (["error", "warning", "warn"].includes(message.type())) said.push(message.text()); });
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => { if (request.url() !== url) asked.push(request.url()); });
  await page.setViewport({ width: 1280, height: 900 });
  await page.setOfflineMode(true);
  await page.goto(url, { waitUntil: "load" });

  await opensWhereMostIsTold(page);
  await looksRight(page);
  await scrubs(page);
  await marksWhoIsConstrained(page);
  await tellsTheTablesNumbers(page);
  if (kind === "faults") await tellsWhatFaultsDid(page);
  if (kind === "failed") await leadsFromABreachToItsMoment(page);
  if (kind === "hostile") await doesNoHarm(page);
  await fits(page);
  await isAccessible(page);
  await prints(page);
  check("nothing was said on the console", said.length === 0, said.join("; "));
  check("nothing was fetched", asked.length === 0, asked.join(", "));
} finally {
  await browser.close();
}
process.exit(failures ? 1 : 0);

async function picture(page, name, options = {}) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${kind}-${name}.png`), ...options });
}

function text(page, selector) {
  return page.$eval(selector, (element) => element.textContent);
}

async function looksRight(page) {
  const stamp = (await text(page, ".stamp")).trim();
  const expected = { passed: "PASS", failed: "FAIL" }[kind];
  if (expected) check("the verdict is in words", stamp.endsWith(expected), stamp);
  const bytes = readFileSync(join(pack, "review.html")).length;
  check("the page is smaller than 5 MB", bytes < 5_000_000, `${bytes} bytes`);
  const headings = await page.$$eval("h1, h2, h3, h4", (all) => all.map((heading) => Number(heading.tagName[1])));
  check("headings skip no level", headings[0] === 1 && headings.every((level, i) => i === 0 || level <= headings[i - 1] + 1), headings.join(""));
  const bad = await page.$$eval("a[href^='#']", (links) => links.filter((link) => !document.getElementById(link.hash.slice(1))).map((link) => link.hash));
  check("every link on the page leads somewhere", bad.length === 0, bad.join(", "));
  await picture(page, "top");
  await picture(page, "whole", { fullPage: true });
}

// Before anything is touched.
async function opensWhereMostIsTold(page) {
  const opened = await page.evaluate(() => {
    const data = JSON.parse(document.getElementById("run-data").textContent);
    let clock = 0;
    const times = data.frames.map((step) => clock += step);
    return { shown: times[Number(document.getElementById("time").value) - 1], wanted: data.opens_s, words: document.getElementById("opening").textContent };
  });
  check("the page opens at the moment that it says tells most", opened.shown === opened.wanted && / when .+\.$/.test(opened.words), JSON.stringify(opened));
}

async function scrubs(page) {
  await page.focus("#time");
  await page.keyboard.press("Home");
  const isEmpty = await page.$eval("#empty", (element) => !element.hidden && element.textContent.includes("No rebalance cycle has completed yet"));
  check("before the first rebalance there is an empty state", isEmpty && await page.$eval("#filled", (element) => element.hidden));
  await picture(page, "empty");
  await page.keyboard.press("ArrowRight");
  const first = await text(page, "#now");
  check("the first tick has a status", await page.$eval("#filled", (element) => !element.hidden) && (await text(page, "#outcome")).includes("cycle 0"));
  await page.keyboard.press("ArrowRight");
  check("an arrow key moves the scrubber by a tick", await text(page, "#now") !== first);
  const before = await text(page, "#tree tbody");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("PageUp");
  check("the status follows the scrubber", await text(page, "#tree tbody") !== before);
  await page.click("#turn-forth");
  const value = await page.$eval("#time", (slider) => slider.getAttribute("aria-valuetext"));
  check("the slider tells its moment and outcome to who cannot see it", /APPLIED|CURTAILED|REJECTED/.test(value), value);
  await page.click("#first");
  await page.$eval("#clock", (field) => { field.value = "19:10"; });
  await page.click("#goto button");
  check("a time of day leads to its moment", (await text(page, "#now")).includes("19:10"), await text(page, "#now"));
  const box = await (await page.$(".lanes svg")).boundingBox();
  await page.evaluate(() => document.querySelector(".lanes svg").scrollIntoView({ block: "center" }));
  const now = await (await page.$(".lanes svg")).boundingBox();
  const was = await text(page, "#now");
  await page.mouse.click(now.x + now.width * 0.83, now.y + 10);
  check("a click on the timeline moves the status", box !== null && await text(page, "#now") !== was);
  if (kind === "rejected") {
    await page.evaluate(() => document.querySelector("#rejections .moment").click());
    check("a rejected cycle says what was wrong", (await text(page, "#outcome")).includes("REJECTED") && (await text(page, "#sentence")).includes("Nothing new was applied"));
    check("setpoints are held at first", (await text(page, "#sentence")).includes("setpoints from before are held"));
    await page.$eval("#clock", (field) => { field.value = "18:45"; });
    await page.click("#goto button");
    check("after five minutes fallback power counts", (await text(page, "#sentence")).includes("fallback power counts"), await text(page, "#sentence"));
    await page.evaluate(() => document.querySelector("#status").scrollIntoView());
    await picture(page, "rejected");
  }
}

async function marksWhoIsConstrained(page) {
  const button = await page.$("button.moment");
  if (!button) return;
  await page.evaluate(() => document.querySelector("button.moment").click());
  const tied = await page.evaluate(() => {
    const first = document.querySelector("#tree tr.first");
    const id = first ? first.cells[0].querySelector(".kind").previousSibling.textContent.trim() : null;
    const count = first ? Number((/constrains (\d+) charger/.exec(first.textContent) || [0, 0])[1]) : 0;
    const rows = [...document.querySelectorAll("#tree tbody tr.held")];
    return { id, count, held: rows.filter((row) => row.textContent.includes(` by ${id}`)).length, outcome: document.querySelector("#outcome").textContent };
  });
  check("the constraining node is marked, and so is every charger that it holds back", tied.id !== null && tied.count > 0 && tied.count === tied.held, JSON.stringify(tied));
  await saysWhatWouldBeEnough(page);
  await page.evaluate(() => { document.querySelector("#only").click(); document.querySelector("#status").scrollIntoView(); });
  const shown = await page.$$eval("#tree tbody tr", (rows) => rows.filter((row) => !row.hidden && !row.className.match(/held|constrains|breached|faulty/)).length);
  check("on demand only those are shown", shown <= 1, String(shown));
  await picture(page, "constrained");
  await page.evaluate(() => document.querySelector("#only").click());
}

// "With ... kW it would hold back nobody": what the children could take and the base load, by nodes.csv.
async function saysWhatWouldBeEnough(page) {
  const sentence = await text(page, "#sentence");
  const at = await page.$eval("button.moment", (button) => button.dataset.t);
  const cycle = table("cycles.csv").find((row) => row.t_s === at);
  const node = table("nodes.csv").find((row) => row.t_s === at && row.node === cycle.constraining_node);
  const said = /With ([\d.]+) kW it would hold back nobody\./.exec(sentence);
  if (!node || node.limit_kw === "" || cycle.reason === "MINIMUM_POWER") {
    check("where no limit could be raised none is told", said === null, sentence);
    return;
  }
  const watts = (kw) => Math.round(Number(kw) * 1000);
  const enough = watts(node.demand_kw) + Math.max(0, watts(node.base_load_kw));
  check("the limit that would be enough is demand and base load", said !== null && watts(said[1]) === enough && enough > watts(node.limit_kw), `${sentence} ${enough}`);
}

// The rows of a table whose cells hold neither quotes nor line ends.
function table(name) {
  const [header, ...lines] = readFileSync(join(pack, name), "utf8").trimEnd().split("\n").map((line) => line.split(","));
  return lines.map((cells) => Object.fromEntries(header.map((column, i) => [column, cells[i]])));
}

// Moves through the run and compares every number of the tree with nodes.csv and connectors.csv.
async function tellsTheTablesNumbers(page) {
  const frames = await page.evaluate(() => {
    let clock = 0;
    return JSON.parse(document.getElementById("run-data").textContent).frames.map((step) => clock += step);
  });
  const chosen = [0, 1, ...Array.from({ length: 14 }, (_, i) => Math.floor(frames.length * (i + 1) / 15)), frames.length - 1];
  const wanted = new Map(chosen.map((frame) => [String(frames[frame]), frame]));
  const expected = new Map(chosen.map((frame) => [frame, new Map()]));
  for (const row of table("nodes.csv")) {
    if (wanted.has(row.t_s)) expected.get(wanted.get(row.t_s)).set(row.node, [row.limit_kw || "–", row.demand_kw, row.allocated_kw, row.measured_kw]);
  }
  for (const row of table("connectors.csv")) {
    const rows = wanted.has(row.t_s) && expected.get(wanted.get(row.t_s));
    if (!rows || rows.has(row.connector)) continue;
    const tie = row.constrained_by ? ` by ${row.constrained_by}` : "";
    rows.set(row.connector, row.vehicle ? [row.limit_kw || "–", row.demand_kw, row.setpoint_kw, row.measured_kw, `${row.vehicle} at ${row.soc_pct} %`, tie] : [row.limit_kw || "–", "", "", row.measured_kw, row.state]);
  }
  const wrong = [];
  let compared = 0;
  for (const [frame, rows] of expected) {
    const shown = await page.evaluate((position) => {
      const slider = document.getElementById("time");
      slider.value = position;
      slider.dispatchEvent(new Event("input"));
      return [...document.querySelectorAll("#tree tbody tr")].map((row) => [row.querySelector(".kind").previousSibling.textContent.trim(), ...[...row.cells].slice(1).map((cell) => cell.textContent)]);
    }, frame + 1);
    if (shown.length !== rows.size) wrong.push(`${shown.length} rows at ${frames[frame]} s, not ${rows.size}`);
    for (const [id, limit, demand, allocated, measured, , state] of shown) {
      const [a, b, c, d, ...phrases] = rows.get(id) || [];
      compared += 1;
      if (a !== limit || b !== demand || c !== allocated || d !== measured || !phrases.every((phrase) => state.includes(phrase))) {
        wrong.push(`${id} at ${frames[frame]} s: ${[limit, demand, allocated, measured, state]} and not ${[a, b, c, d, ...phrases]}`);
      }
    }
  }
  check(`${compared} rows of the tree are those of the tables`, wrong.length === 0 && compared > 0, wrong.slice(0, 3).join("; "));
}

async function leadsFromABreachToItsMoment(page) {
  const breach = await page.$eval("#breaches tbody tr", (row) => ({ t: row.querySelector(".moment").dataset.t, node: row.querySelector("th").textContent }));
  await page.evaluate(() => document.querySelector("#breaches tbody .moment").click());
  const shown = await page.evaluate((node) => {
    const row = [...document.querySelectorAll("#tree tbody tr")].find((one) => one.cells[0].textContent.startsWith(`${node} `));
    return { text: row.textContent, isFocused: document.activeElement.id === "time", headroom: row.cells[5].textContent };
  }, breach.node);
  const sentence = await text(page, "#alarms");
  check("it is said who is over the limit", sentence.includes(`Over the limit: ${breach.node} by `), sentence);
  check("a click on a breach leads to its moment", shown.text.includes("over its limit") && shown.headroom.startsWith("-") && shown.isFocused, JSON.stringify([breach, shown]));
  await picture(page, "breach");
}

async function tellsWhatFaultsDid(page) {
  const rows = await page.$$eval("#faults tbody tr", (rows) => rows.map((row) => row.textContent));
  const told = (what, whom, did) => rows.some((row) => row.includes(what) && row.includes(whom) && did.test(row));
  const all = told("Charger offline", "C1-P2", /42 min.*1 breach began while it lasted, of GC1 by/)
    && told("Charger ignores its setpoints", "C2-P1-2", /30 min.*\d+ breaches began while it lasted, the largest of GC1 by/) && told("Feed refused", "GC1", /12 cycles rejected/);
  check("each fault is told with the breaches and rejected cycles that it led to", all, rows.join(" | "));
  const rowAt = async (time, id) => {
    await page.$eval("#clock", (field, time) => { field.value = time; }, time);
    await page.click("#goto button");
    const row = await page.$$eval("#tree tbody tr", (rows, id) => rows.map((row) => row.textContent).find((words) => words.startsWith(`${id} `)), id);
    return `${row} / ${await text(page, "#alarms")}`;
  };
  for (const [time, id, words, sentence] of [
    ["18:30", "C1-P2-1", "charger offline since Wed 18:28", "charger offline (C1-P2-1, C1-P2-2)"],
    ["18:40", "C1-P2-2", "on its fallback limit since Wed 18:33", "on its fallback limit (C1-P2-1, C1-P2-2)"],
    ["22:55", "C2-P1-2", "charger ignores its setpoints since Wed 22:50", "charger ignores its setpoints (C2-P1-2)"],
    ["01:45", "C3", "without power since Thu 01:30", "without power (C3)"],
    ["03:15", "WA-PTA", "no measurements since Thu 03:10", "no measurements (WA-PTA)"],
  ]) {
    const told = await rowAt(time, id);
    check(`the status names what is wrong with ${id} at ${time}`, /✕ [^/]*/.test(told) && told.split(" / ")[0].includes(words), told);
    check(`the alarms name it too at ${time}`, told.includes("✕ Faults: ") && told.includes(sentence), told);
  }
  for (const [time, id, words, sentence] of [
    ["22:10", "C3-P3-1", "held by an operator since Wed 22:00 until Wed 22:30", "bus-12: held by an operator"],
    ["21:10", "C2-P3-2", "an operator's charge-now since Wed 21:00 until Wed 21:30", "bus-07: an operator's charge-now"],
  ]) {
    const row = await rowAt(time, id);
    const notes = await text(page, "#notes");
    check(`the order about the vehicle at ${id} is told at ${time}`, row.includes(words) && notes.includes(sentence), `${row} ${notes}`);
  }
  await rowAt("17:50", "C1");
  const [meters, sentence] = [await text(page, "#meters"), await text(page, "#sentence")];
  const besides = /Besides, pausing (\d+) chargers? withholds ([\d.]+) kW\./.exec(sentence);
  const isApart = besides !== null && meters.includes("Withheld by its limit") && meters.includes(`By pausing besides, from ${besides[1]}`);
  check("what a limit withholds and what is withheld by pausing are told apart", isApart, `${sentence} ${meters}`);
  const before = await rowAt("18:27", "C1-P2-1");
  check("nothing is said to be wrong with it before", !before.includes("✕ charger") && !before.includes("C1-P2-1,"), before);
  const stale = await page.$$eval("#rejections tbody tr", (rows) => rows.filter((row) => row.textContent.includes("STALE_INPUT")).map((row) => row.textContent));
  check("cycles in a row that were rejected for one reason are one row", stale.length === 1 && stale[0].includes("at last"), stale.join(" | "));
  await page.evaluate(() => document.querySelector("#faults").scrollIntoView());
  await picture(page, "faults");
}

async function doesNoHarm(page) {
  const harm = await page.evaluate(() => ({ ran: window.harm === true, scripts: document.scripts.length, title: document.querySelector("h1").textContent }));
  check("a name with a script in it is a name", !harm.ran && harm.scripts === 2 && harm.title.includes("<script>"), JSON.stringify(harm).slice(0, 200));
}

async function fits(page) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    for (const width of [1280, 390]) {
      await page.setViewport({ width, height: 844 });
      const wide = await page.evaluate(() => {
        const edge = document.documentElement.clientWidth;
        const inside = (element) => element.closest(".scroll, .paper, nav ul, pre, .axis, .skip, .gauge, .lanes");
        const over = [...document.querySelectorAll("body *")].filter((one) => !inside(one) && one.getBoundingClientRect().right > edge + 1);
        return { page: document.documentElement.scrollWidth, edge, over: over.slice(0, 3).map((one) => one.outerHTML.slice(0, 80)) };
      });
      check(`nothing overflows at ${width} pixels, ${scheme}`, wide.page <= wide.edge && wide.over.length === 0, JSON.stringify(wide));
      await page.evaluate(() => window.scrollTo(0, 0));
      await picture(page, `${width}-${scheme}`);
      await page.evaluate(() => document.querySelector("#status").scrollIntoView());
      await picture(page, `${width}-${scheme}-status`);
    }
  }
}

async function isAccessible(page) {
  await page.evaluate(axe);
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 390], ["dark", 390]]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ width, height: 900 });
    const found = await page.evaluate(async () => {
      const result = await window.axe.run(document, { resultTypes: ["violations"] });
      return result.violations.map((violation) => `${violation.id}: ${violation.nodes.slice(0, 2).map((node) => node.html.slice(0, 120)).join(" | ")}`);
    });
    check(`axe finds nothing, ${scheme}, ${width} pixels`, found.length === 0, found.join("; "));
  }
}

async function prints(page) {
  await page.emulateMediaFeatures([]);
  await page.emulateMediaType("print");
  // The width of A4 less its margins, at 96 pixels an inch.
  await page.setViewport({ width: 688, height: 1000 });
  const print = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    edge: document.documentElement.clientWidth,
    nav: getComputedStyle(document.querySelector("nav")).display,
    sign: document.querySelector(".sign").getBoundingClientRect().height > 50,
    wide: [...document.querySelectorAll("table")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((one) => one.parentElement.getAttribute("aria-label")),
  }));
  check("it prints on A4 without losing a column", print.width <= print.edge && print.nav === "none" && print.sign && print.wide.length === 0, JSON.stringify(print));
  const options = { format: "A4", preferCSSPageSize: true };
  if (pictures) options.path = join(pictures, `${kind}.pdf`);
  const pdf = await page.pdf(options);
  const pages = Buffer.from(pdf).toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  check("the print has some pages, and not too many", pages >= 8 && pages <= (kind === "hostile" ? 40 : 20), `${pages} pages`);
  await page.emulateMediaType("screen");
}
