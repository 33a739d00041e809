import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { modules } from "../../cli/artifacts/recipe";
import { images, importScript } from "../matrix/conformance/images";
import { failuresOf, lineAfterTest, outcomes } from "../matrix/conformance/report";
import { focus, imageNames, selection } from "../matrix/conformance/selection";

const listed = [
  ...[
    "agnhost:2.63.0",
    "agnhost:2.55",
    "busybox:1.37.0-1",
    "glibc-dns-testing:2.0.0",
    "nginx:1.27-0",
    "kitten:1.8",
  ].map((name) => `hardway.local/e2e-test-images/${name}`),
  ...["hardway.local/pause:3.10.2", "private.example/agnhost:2.6", "hardway.local/etcd:3.6.8-0", ""],
].join("\n");
const agnhost = ["hardway.local/e2e-test-images/agnhost:2.55", "hardway.local/e2e-test-images/agnhost:2.63.0"];
const names = imageNames(listed, "hardway.local");

const spec = (leaf: string, state: string, more: object = {}) => ({
  ...{ ContainerHierarchyTexts: ["[sig-node] Pods"], LeafNodeText: leaf, LeafNodeType: "It", State: state },
  ...{ RunTime: 2_400_000_000, ...more },
});
const Failure = { Message: "no pod", Location: { FileName: "e2e/pods.go", LineNumber: 7 } };
const suiteStep = { ContainerHierarchyTexts: null, LeafNodeText: "", LeafNodeType: "SynchronizedBeforeSuite" };

describe("what runs Kubernetes' conformance tests", () => {
  it("is built from the modules of which the lab's Kubernetes is", () => {
    const read = (file: string) => readFileSync(file, "utf8");
    const pinned = (text: string) =>
      text.split("\n").filter((line) => /k8s\.io\/\S+ (=>|v)/.test(line) && !/indirect/.test(line));
    const ours = pinned(read(join(__dirname, "../matrix/conformance/go.mod")));
    expect(ours).to.deep.equal(pinned(read(join(modules, "kubernetes/go.mod"))));
    expect(ours).to.include.members(["require k8s.io/kubernetes v1.36.3", "\tk8s.io/api => k8s.io/api v0.36.3"]);
  });

  it("chooses tests by their whole names, and no other ones", () => {
    expect(new Set(selection).size).to.equal(selection.length);
    for (const name of selection) expect(name).to.match(/^\[sig-[a-z-]+\] .+ \[Conformance\]$/);
    const chosen = new RegExp(focus(selection));
    for (const name of selection) expect(chosen.test(`Kubernetes e2e suite ${name}`), name).to.equal(true);
    for (const name of [
      "[sig-storage] Secrets should be consumable from pods in volume with mappings [NodeConformance] [Conformance]",
      "[sig-storage] EmptyDir volumes should support (non-root,0644,default) [LinuxOnly] [NodeConformance] [Conformance]",
      `${selection[0]} [Slow]`,
    ])
      expect(chosen.test(`Kubernetes e2e suite ${name}`), name).to.equal(false);
    expect(new RegExp(focus(["a.b"])).test("suite a-b")).to.equal(false);
  });

  it("asks for images in each version of them, by names of the local registry", () => {
    expect(names.agnhost).to.deep.equal(agnhost);
    expect(names.pause).to.deep.equal(["hardway.local/pause:3.10.2"]);
    expect(() => imageNames(listed.replace(/.*busybox.*\n/, ""), "hardway.local")).to.throw("lists no image busybox");
  });

  it("makes one archive of the images that labs lack, and names the lab's own for the rest", () => {
    const made = images(names).map(({ name }) => name);
    expect(made).to.deep.equal([...agnhost, ...names["glibc-dns-testing"]]);
    const lines = importScript(names).split("\n");
    const has = (command: string) => lines.filter((line) => line.startsWith(`$images ${command} `));
    const renamed = has("tag --force").map((line) => line.split(" ").slice(-2));
    expect(renamed).to.deep.equal([
      ["hardway.local/busybox:1", "hardway.local/e2e-test-images/busybox:1.37.0-1"],
      ["hardway.local/nginx:1", "hardway.local/e2e-test-images/nginx:1.27-0"],
      ["hardway.local/pause:1", "hardway.local/pause:3.10.2"],
    ]);
    const pinned = has("label").map((line) => line.split(" ")[2]);
    expect(pinned).to.have.members([...made, ...renamed.map(([, name]) => name)]);
  });

  it("reads what was run, and why it failed, and takes no skipped test for one that passed", () => {
    const ran = outcomes(
      JSON.stringify([
        {
          SpecReports: [
            { ...suiteStep, State: "passed", RunTime: 0 },
            ...[spec("get", "passed"), spec("are not chosen", "skipped"), spec("break", "timedout", { Failure })],
            { ...suiteStep, LeafNodeType: "SynchronizedAfterSuite", State: "failed", RunTime: 0, Failure },
          ],
        },
      ]),
    );
    expect(ran.map(({ name, state, seconds }) => [name, state, seconds])).to.deep.equal([
      ["[sig-node] Pods get", "passed", 2],
      ["[sig-node] Pods break", "timedout", 2],
      ["SynchronizedAfterSuite", "failed", 0],
    ]);
    expect(failuresOf(ran)).to.equal(
      "[sig-node] Pods break: timedout after 2 s\nno pod\ne2e/pods.go:7\n\nSynchronizedAfterSuite: failed after 0 s\nno pod\ne2e/pods.go:7",
    );
    expect(() => outcomes("[]")).to.throw("no suite");
  });

  it("says at the end of each test how it went", () => {
    const said: string[] = [];
    const onLine = lineAfterTest((line) => said.push(line));
    for (const line of [
      "[sig-node] Pods get [Conformance] [sig-node, Conformance]",
      "  I1126 00:00:00.000 pods.go:7] • [1.000 seconds]",
      "• [12.345 seconds]",
      "[sig-node] Pods break",
      "• [PANICKED!] [900.700 seconds]",
      "[sig-node] Pods break",
    ])
      onLine(line);
    expect(said).to.deep.equal([
      "12 s [sig-node] Pods get [Conformance] [sig-node, Conformance]",
      "901 s PANICKED! [sig-node] Pods break",
    ]);
  });
});
