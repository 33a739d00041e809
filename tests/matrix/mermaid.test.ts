import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { renderMermaid } from "../../cli/diagram/mermaid";
import { offlinePlan } from "../../cli/diagram/offlinePlan";
import { parseConfig } from "../../components/config/parse";

/** With its 150 packages it is too large to be one of the checkout's. */
const mermaid = "mermaid@12.3.0";

/** Takes texts as JSON on stdin and prints what the parser says of each: the kind of diagram, or an error. */
const program = `
import { readFileSync } from "node:fs";
import DOMPurify from "dompurify";
import mermaid from "mermaid";

// It cleans labels for a page, which needs a browser; whether a text can be parsed does not depend on it.
Object.assign(DOMPurify, { addHook() {}, sanitize: (text) => text });
const texts = JSON.parse(readFileSync(0, "utf8"));
const parse = (text) => mermaid.parse(text).then(({ diagramType }) => diagramType, (error) => "error: " + error.message);
const said = [];
for (const text of texts) said.push(await parse(text));
console.log(JSON.stringify(said));
`;

describe("Mermaid's own parser", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-mermaid-"));
    const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", folder];
    execFileSync("npm", ["install", ...options, mermaid], { cwd: folder });
  });
  after(() => rmSync(folder, { recursive: true }));

  function parsed(texts: readonly string[]): string[] {
    const options = { cwd: folder, input: JSON.stringify(texts), encoding: "utf8" } as const;
    return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "--eval", program], options)) as string[];
  }

  it("takes the diagrams that the other tests expect, and a lab as large as can be", () => {
    const golden = path.join(__dirname, "../golden/diagram");
    const files = readdirSync(golden).filter((file) => file.endsWith(".mmd"));
    const large = offlinePlan(parseConfig({ target: "aws", workers: 50, zones: 3 }, { directory: "/" }));
    const texts = [...files.map((file) => readFileSync(path.join(golden, file), "utf8")), renderMermaid(large)];
    expect(texts).to.have.length.greaterThan(3);
    expect(parsed(texts)).to.deep.equal(texts.map(() => "flowchart-v2"));
  });

  it("takes labels with what could end them, and refuses a text that is cut off", () => {
    const plan = offlinePlan(parseConfig({ target: "aws" }, { directory: "/" }));
    const quoted = renderMermaid({ ...plan, hosts: plan.hosts.map((host) => ({ ...host, address: '"]) --> end' })) });
    const [first, second] = parsed([quoted, quoted.slice(0, quoted.lastIndexOf('"'))]);
    expect(first).to.equal("flowchart-v2");
    expect(second).to.match(/^error: Parse error/);
  });
});
