import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureSystemPackages } from "../../cli/toolchain/systemPackages";
import { Chromium } from "./chromium";
import { contrast } from "./contrast";

const packages = [
  { command: "chromium", package: "chromium" },
  { file: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", package: "fonts-dejavu-core" },
] as const;

/** Chromium for the tests of a `describe`, with a font. */
export function useChromium(): () => Chromium {
  let browser: Chromium | undefined;
  before(async () => {
    const nothing = () => undefined;
    const report = { text: nothing, counter: nothing, part: nothing, partDone: nothing, result: nothing };
    await ensureSystemPackages(packages, { report });
    browser = await Chromium.start();
  });
  after(() => browser?.stop());
  return () => browser!;
}

/** Everything that the browser said, refused or asked for, but the page itself. */
export function complaints({ events }: Chromium, url: string): string[] {
  const noisy =
    /^(Runtime\.(consoleAPICalled|exceptionThrown)|Log\.entryAdded|Network\.(requestWillBeSent|webSocketCreated))$/;
  return events
    .filter(({ method = "", params }) => noisy.test(method) && urlOf(params) !== url)
    .map(({ method, params }) => `${method}: ${JSON.stringify(params).slice(0, 300)}`);
}

function urlOf(params: Readonly<Record<string, unknown>> = {}): unknown {
  return (params["request"] as { readonly url?: string } | undefined)?.url;
}

/** Opens each part that is closed, so that nothing is left out of what is looked at. */
export const openAll = `document.querySelectorAll("details").forEach((part) => (part.open = true)), true`;

/** Pairs of colours of the texts that show, each with an example, and of the ground that they are on. */
const colours = `(() => {
  const hex = (color) => "#" + color.match(/[\\d.]+/g).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("");
  const isClear = (color) => /^rgba\\(.*, 0\\)$/.test(color);
  const grounds = new Map();
  const groundOf = (element) => {
    if (!grounds.has(element)) {
      const color = getComputedStyle(element).backgroundColor;
      grounds.set(element, isClear(color) ? (element.parentElement ? groundOf(element.parentElement) : "rgb(255, 255, 255)") : color);
    }
    return grounds.get(element);
  };
  const found = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (texts.nextNode()) {
    const { textContent, parentElement } = texts.currentNode;
    if (textContent.trim() === "" || seen.has(parentElement)) continue;
    seen.add(parentElement);
    const pair = hex(getComputedStyle(parentElement).color) + " " + hex(groundOf(parentElement));
    found.set(pair, textContent.trim().slice(0, 30));
  }
  return [...found];
})()`;

const views = [
  ["light", 360],
  ["dark", 360],
  ["light", 1280],
] as const;

/** A page looks as it should: at any width, in light and dark, with nothing fetched and nothing said. */
export async function expectReadable(browser: Chromium, file: string, name: string): Promise<void> {
  const url = pathToFileURL(file).href;
  for (const [scheme, width] of views) {
    const where = `${name} ${scheme} ${width}`;
    await browser.show(width, { "prefers-color-scheme": scheme });
    await browser.open(url);
    await keepPicture(browser, where);
    await browser.evaluate(openAll);
    const { page, screen } = await browser.evaluate<{ page: number; screen: number }>(
      "({ page: document.documentElement.scrollWidth, screen: document.documentElement.clientWidth })",
    );
    expect(page, `${where}: the page is wider than the screen`).to.be.at.most(screen);
    const pairs = await browser.evaluate<[pair: string, example: string][]>(colours);
    expect(pairs.length, where).to.be.greaterThan(5);
    for (const [pair, example] of pairs) {
      const [text = "", ground = ""] = pair.split(" ");
      expect(contrast(text, ground), `${where}: ${pair} of "${example}"`).to.be.at.least(4.5);
    }
    expect(complaints(browser, url), where).to.deep.equal([]);
  }
}

/** For people to look at. */
async function keepPicture(browser: Chromium, name: string): Promise<void> {
  const folder = process.env["HARDWAY_TEST_PICTURES"];
  const picture = await browser.screenshot();
  expect(picture.subarray(1, 4).toString(), name).to.equal("PNG");
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `report ${name}.png`.replaceAll(" ", "-")), picture);
}
