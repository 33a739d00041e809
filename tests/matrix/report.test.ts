import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { renderReport } from "../../cli/report/labReport";
import { broken, checksOf, plannedLab, reportOf, scriptsOf } from "../cli/report/simulatedReport";
import { complaints, expectReadable, openAll, useChromium } from "../support/reportInBrowser";

/** Pages of labs that are simulated, in headless Chromium; `tests/matrix/try.test.ts` has one of a lab on machines. */
describe("the report in a browser", () => {
  const browser = useChromium();
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "hw-report-"))));
  after(() => rmSync(folder, { recursive: true }));

  /** Writes a page. @param change what is put in its place, for what */
  async function page(hosts: number, change: readonly [string, string] = ["", ""]): Promise<string> {
    const plan = plannedLab(hosts, { zones: hosts > 3 ? 3 : 1 });
    const long = "x".repeat(390);
    const checks = broken(checksOf(plan), "route to 10.200.1.2 ", `<script>alert(1)</script> & ${long}`);
    const scripts = await scriptsOf(plan, { cluster: hosts === 3 });
    const verification = { at: "2026-11-21T12:00:00.000Z", checks };
    const file = join(folder, `${hosts}.html`);
    writeFileSync(file, renderReport(reportOf(plan, { scripts, verification })).replace(...change));
    return file;
  }

  for (const hosts of [3, 50])
    it(`can be read with ${hosts} hosts, in light and dark, on a phone and on a desk`, async () => {
      await expectReadable(browser(), await page(hosts), `${hosts} hosts`);
    });

  it("is used with the keyboard", async () => {
    await browser().show(1280, {});
    await browser().open(pathToFileURL(await page(3)).href);
    const focused = (of: string) => browser().evaluate<string>(`String(document.activeElement.${of})`);
    await browser().press("Tab", 9);
    expect(await focused("className")).to.equal("skip");
    const reached = new Set<string>();
    for (let pressed = 0; pressed < 100 && !reached.has("node-1"); pressed++) {
      await browser().press("Tab", 9);
      reached.add((await focused("getAttribute('href')")) + "");
      reached.add((await focused("querySelector('summary > strong, strong')?.textContent")) + "");
      const width = await browser().evaluate<string>("getComputedStyle(document.activeElement).outlineWidth");
      expect(width, await focused("outerHTML")).to.equal("3px");
    }
    expect(reached).to.include("#scripts").and.include("#checks-node-1").and.include("node-1");
    const isOpen = () => browser().evaluate<boolean>("document.activeElement.parentElement.open");
    expect(await isOpen()).to.equal(false);
    await browser().press("Enter", 13, "\r");
    expect(await isOpen()).to.equal(true);
  });

  it("leads to a host's checks, which are closed until somebody opens them", async () => {
    await browser().open(pathToFileURL(await page(3)).href);
    const { shown, text } = await browser().evaluate<{ shown: boolean; text: string }>(`(() => {
      document.querySelector('.host a[href="#checks-node-1"]').click();
      const checks = document.querySelector(location.hash);
      return { shown: checks.querySelector("table").checkVisibility(), text: checks.textContent };
    })()`);
    expect(shown).to.equal(false);
    expect(text).to.contain("pod on node-1 to pod on node-0, HTTP");
    expect(
      await browser().evaluate<boolean>(
        `${openAll}, document.querySelector(location.hash + " table").checkVisibility()`,
      ),
    ).to.equal(true);
  });

  const intruders: readonly (readonly [string, string])[] = [
    ["a script", "<script>console.log('in')</script>"],
    ["a picture from elsewhere", '<img src="http://127.0.0.1:9/x.png">'],
    ["a style", '<p style="color: red">in</p>'],
  ];
  for (const [name, intruder] of intruders)
    it(`refuses ${name} that got into it`, async () => {
      const url = pathToFileURL(await page(3, ["</main>", `${intruder}</main>`])).href;
      await browser().open(url);
      const [violation] = complaints(browser(), url).filter((text) => text.startsWith("Log.entryAdded"));
      expect(violation).to.contain("Content Security Policy");
      const { events } = browser();
      const reason = events.find(({ method }) => method === "Network.loadingFailed")?.params?.["blockedReason"];
      expect(reason).to.equal(name === "a picture from elsewhere" ? "csp" : undefined);
      expect(events.filter(({ method }) => method === "Runtime.consoleAPICalled")).to.deep.equal([]);
    });
});
