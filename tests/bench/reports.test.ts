import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { renderLab } from "../../bench/labReport";
import { median, medians } from "../../bench/measure";
import { asOneScript, stepsIn } from "../../bench/ownHosts";
import { growth, renderCluster, renderScale, type ScaleFigures } from "../../bench/scaleReport";
import { renderSources } from "../../bench/sourcesReport";

describe("benchmark reports", () => {
  it("take the median of each figure over the rounds", () => {
    expect(median([9, 1, 10])).to.equal(9);
    expect(median([])).to.be.NaN;
    expect(
      medians([
        { a: 1, b: 30 },
        { a: 3, b: 10 },
        { a: 2, b: 20 },
      ]),
    ).to.deep.equal({ a: 2, b: 20 });
  });

  const sizes = (seconds: (nodes: number) => number): ScaleFigures[] =>
    [3, 10, 30].map((nodes) => ({
      nodes,
      resources: 7 * nodes + 2,
      commands: 5 * nodes,
      connections: 5 * nodes,
      stateKiB: 100 * nodes,
      scriptKiB: 90 * nodes,
      upSeconds: seconds(nodes),
      unsavedUpSeconds: 3 * nodes,
      noopUpSeconds: nodes,
      previewSeconds: nodes,
    }));

  it("call the growth with the nodes 1 where it is linear, whatever the start costs, and more where it is worse", () => {
    expect(
      growth(
        sizes((nodes) => 12 + 2 * nodes),
        "upSeconds",
      ),
    ).to.be.closeTo(1, 1e-9);
    expect(
      growth(
        sizes((nodes) => nodes * nodes),
        "upSeconds",
      ),
    ).to.be.closeTo(40 / 13, 1e-9);
    expect(
      growth(
        sizes(() => 0),
        "resources",
      ),
    ).to.equal(1);
  });

  it("show each size, how it grows, and what a node takes", () => {
    const [, , , last = "", growing = "", perNode = ""] = renderScale(sizes((nodes) => nodes * nodes)).split("\n");
    expect(last).to.match(/^ +30 +212 +150 +150 +3000 +2700 +900\.0 +90\.0 +30\.0 +30\.0$/);
    expect(growing)
      .to.contain("each further node from 10 to 30")
      .and.contain(" resources 1.00,")
      .and.contain(" up 3.08, up, state written once 1.00,");
    expect(perNode).to.contain("a node with 30 against a node with 10 (aim: at most 1.5): resources 0.98,");
    expect(perNode).to.contain(" up 3.00,");
  });

  it("compare a lab with its cluster with the same lab without", () => {
    const [without] = sizes(() => 10);
    if (without === undefined) expect.fail("no figures");
    const [, first, second, ratios] = renderCluster({
      without,
      with: { ...without, resources: 46, upSeconds: 15 },
    }).split("\n");
    expect([first, second].map((line) => line?.trim().split(/ +/)[1])).to.deep.equal(["23", "46"]);
    expect(ratios).to.contain("3 nodes with a cluster (second line) against the same without: resources 2.00,");
    expect(ratios).to.contain(" up 1.50, up, state written once 1.00,");
  });

  it("compare up with one script a host", () => {
    const text = renderLab({
      acceleration: "machines run on KVM",
      resources: { server: 3, "node-0": 5 },
      connections: { server: 3, "node-0": 6 },
      upSeconds: 60,
      scriptSeconds: 40,
      noopUpSeconds: 6,
      previewSeconds: 4,
    });
    expect(text).to.contain("node-0: 5 resources, 6 SSH connections");
    expect(text).to.match(/^ratio: +1\.50 /m);
    expect(text).to.match(/^up, nothing to do: +6\.0 s, 10 % of the first$/m);
  });

  it("compare the sources of a node's runtime", () => {
    const text = renderSources({
      acceleration: "machines run on KVM",
      distro: {
        version: "1.7.24",
        readySeconds: 40,
        receivedBytes: 50e6,
        secondRunSeconds: 4,
        secondRunBytes: 2e5,
      },
      mirror: {
        version: "2.3.7",
        readySeconds: 60,
        receivedBytes: 70e6,
        secondRunSeconds: 5,
        secondRunBytes: 3e5,
      },
    });
    expect(text).to.contain(
      "distro: runtime 1.7.24, ready 40.0 s after the boot, 50.0 MB received; second run 4.0 s, 0.2 MB",
    );
    expect(text).to.contain(
      "mirror: runtime 2.3.7, ready 60.0 s after the boot, 70.0 MB received; second run 5.0 s, 0.3 MB",
    );
    expect(text).to.contain("mirror against distro: 1.50 of the time, 1.40 of the bytes, 1.25 of the second run");
  });
});

describe("benchmark of a lab's steps", () => {
  it("takes each host's commands from the stack's state, in their order", () => {
    const command = (urn: string, inputs: object) => ({ urn, type: "command:remote:Command", inputs });
    const resources = [
      { urn: "lab-kernel-node-1", type: "hardway:index:KernelPrep" },
      command("urn::lab-kernel-node-1", { create: "make", delete: "undo" }),
      command("urn::lab-reachable-server", { create: "look" }),
    ];
    expect(stepsIn(resources, ["server", "node-0", "node-1"])).to.deep.equal([
      { host: "node-1", create: "make", delete: "undo" },
      { host: "server", create: "look" },
    ]);
    expect(() => stepsIn(resources, ["server", "node-0"])).to.throw("lab-kernel-node-1 belongs to no host");
  });

  it("makes one script of commands that ends with the first that fails, whatever they do to their shell or their input", () => {
    const run = (commands: string[]) =>
      spawnSync("sh", ["-s"], { input: `${asOneScript(commands)}\necho end`, encoding: "utf8" });
    expect(run(["exec cat", "cd /; x=1; exec true", '[ -z "${x-}" ]'])).to.include({ status: 0, stdout: "end\n" });
    expect(run(["exec sh -c 'exit 7'", "echo later >&2"])).to.include({ status: 7, stdout: "", stderr: "" });
  });
});
