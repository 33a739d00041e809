import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import pc from "picocolors";
import { format, resolveConfig } from "prettier";
import { explainedLists, renderSections, renderTopics } from "../../../cli/learn/explainText";
import { explainedAreas, guides, type Explanation } from "../../../cli/learn/explanation";
import { experiments } from "../../../cli/learn/experiments/table";
import { plainProse, wrapProse } from "../../../cli/learn/prose";
import {
  correctionSections,
  documentSection,
  questionSections,
  sectionsOf,
  topicsOf,
} from "../../../cli/learn/sections";
import { explanations } from "../../../cli/learn/topics/table";
import { renderWhyPage } from "../../../cli/learn/whyPage";
import * as components from "../../../components";
import { expectFile } from "../../support/golden";
import { repository } from "../../support/hardwayCli";

/** What the documents say that is not true today, or was too general; then what others say. */
const corrected: Readonly<Record<string, readonly string[]>> = {
  overlay: [
    "overlay-needed-by",
    "overlay2-of-docker",
    "overlay-and-overlay2",
    "overlay-containerd-starts",
    "overlay-error-text",
  ],
  br_netfilter: [
    "policies-and-bridge",
    "services-without-br_netfilter",
    "dns-without-br_netfilter",
    "dnat-skipped",
    "snat-skipped",
    "overlay-network",
  ],
  "bridge-nf-call-iptables": ["bridge-nf-default"],
  ip_forward: ["forwarding-by-plugin"],
  swap: ["scheduler-places", "swap-quote", "kubelet-refuses-swap", "swap-versions", "swap-preflight", "swap-answer"],
  "cgroup-driver": ["cgroup-driver-match"],
  runtime: ["runtime-type", "unknown-keys", "dockershim", "containerd-for-kubernetes"],
  shim: ["shim-per-pod", "shim-starts"],
  isolation: ["seccomp-by-default", "user-namespaces"],
  handlers: ["runsc-package"],
  sandbox: ["pause-parent", "pause-killed", "pause-everywhere", "netns-by-runtime", "sandbox-calls"],
  "sandbox-image": ["old-registry", "kubelet-sandbox-flag"],
  "cni-plugins": ["cni-files-updated", "del-leaves", "bridge-mtu"],
  "cni-config": ["first-file-only", "portmap-alone", "single-plugin-files"],
  loopback: ["loopback-file", "cni-version"],
  "pod-routes": ["routes-in-one-subnet", "own-pod-cidr"],
  "source-dest-check": ["security-group-for-pods"],
  certificates: ["one-authority", "service-address", "rsa-keys", "system-masters", "authority-key"],
  etcd: ["etcd-encryption"],
  "control-plane": ["kubelet-rights", "service-network-flag"],
  kubelet: ["kubeconfig-keys"],
  "kube-proxy": ["proxy-modes"],
  dns: ["tutorial-dns"],
};

/** Addresses and networks, which look like versions. */
const address = /\b\d+\.\d+\.\d+\.\d+(\/\d+)?\b/g;
/** 1.7, v2.3.7, 2.x; Debian 13. */
const version = /\bv?\d+\.(\d+|x)\b|\b(containerd|CRI-O|Debian|Docker|Docker Engine|etcd|Kubernetes|Linux|Ubuntu) \d/;

/** The texts that need no source, each with where it is. */
function unsourced({
  name,
  title,
  what,
  why,
  without,
  thenAndNow = [],
  questions = [],
}: Explanation): [string, string][] {
  return [
    [`${name}, title`, title],
    [`${name}, what`, what],
    [`${name}, why`, why],
    [`${name}, without`, without.text],
    ...thenAndNow.flatMap(({ id, said }): [string, string][] =>
      said.by === "often" || said.by === "tutorial" ? [[`${name}, ${id}`, said.text]] : [],
    ),
    ...questions.flatMap(({ question, answer, source }): [string, string][] =>
      source === undefined ? [[`${name}, ${question}`, `${question} ${answer}`]] : [],
    ),
  ];
}

/** Every text in a value, but for the ids of corrections. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "id" || key === "by" ? [] : textsOf(inner)));
}

describe("the explanations", () => {
  const names = explanations.map(({ name }) => name);

  it("are on their page; UPDATE_GOLDEN=1 writes it anew", async () => {
    const file = join(repository, "docs/why.md");
    const made = renderWhyPage(explanations, experiments);
    expectFile(file, await format(made, { ...(await resolveConfig(file)), filepath: file }));
  });

  it("have names of their own, in the order of the areas", () => {
    const all = [...names, ...Object.keys(explainedLists)];
    expect(new Set(all).size).to.equal(all.length);
    const places = explanations.map(({ area }) => explainedAreas.indexOf(area));
    expect(places).to.deep.equal([...places].sort((a, b) => a - b));
  });

  it("name components that are exported, and files that are there", () => {
    const doers = explanations.flatMap(({ name, where }) => where.map((doer) => ({ name, ...doer })));
    expect(doers.filter(({ component }) => !(component in components))).to.deep.equal([]);
    const files = doers.flatMap(({ files }) => files);
    expect(files.filter((file) => !existsSync(join(repository, file)))).to.deep.equal([]);
    expect(explanations.filter(({ where }) => where.length === 0)).to.deep.equal([]);
  });

  it("leave out no component and no step", () => {
    const doers = explanations.flatMap(({ where }) => where);
    const explained = new Set(doers.map(({ component }) => component));
    const classes = Object.entries(components).flatMap(([name, exported]) =>
      typeof exported === "function" && (exported.prototype as unknown) instanceof pulumi.ComponentResource
        ? [name]
        : [],
    );
    expect(classes).to.include("KernelPrep");
    // HardWayLab is all of them.
    expect(classes.filter((name) => !explained.has(name))).to.deep.equal(["HardWayLab"]);
    const files = doers.flatMap(({ files }) => files);
    const steps = readdirSync(join(repository, "scripts/node")).filter((file) => /^\d+-(?!.*\.undo)/.test(file));
    expect(steps).to.include("20-kernel-prep.sh");
    expect(steps.filter((step) => !files.includes(`scripts/node/${step}`))).to.deep.equal([]);
  });

  it("name experiments that can be tried, and every one of them", () => {
    const known = experiments.map(({ name }) => name);
    const named = explanations.flatMap(({ without, thenAndNow = [] }) => [
      ...(without.experiments ?? []),
      ...thenAndNow.flatMap(({ experiment }) => experiment ?? []),
    ]);
    expect(named.filter((name) => !known.includes(name))).to.deep.equal([]);
    expect(known.filter((name) => !named.includes(name))).to.deep.equal([]);
  });

  it("are found by the experiments that show something of them", () => {
    expect(topicsOf("forwarding", explanations)).to.deep.equal(["ip_forward"]);
    expect(topicsOf("later-file", explanations)).to.deep.equal(["bridge-nf-call-iptables", "now-and-at-boot"]);
  });

  it("have a source for each text that names a version", () => {
    const texts = explanations.flatMap(unsourced);
    expect(texts.filter(([, text]) => version.test(text.replace(address, "")))).to.deep.equal([]);
    for (const claim of ["in containerd 1.7", "Debian 13", "since v1.34", "2.x reads"]) expect(claim).to.match(version);
    expect("10.240.0.81 and 10.200.0.0/24".replace(address, "")).to.not.match(version);
  });

  it("have sources that a reader can open", () => {
    const sources = explanations.flatMap(({ thenAndNow = [], facts = [], questions = [] }) =>
      [...thenAndNow, ...facts, ...questions].flatMap(({ source }) => source ?? []),
    );
    for (const { title, url } of sources) {
      expect(new URL(url).protocol, title).to.equal("https:");
      expect(title).to.not.equal("");
    }
  });

  it("correct the documents where they are wrong", () => {
    const found = explanations.flatMap(({ name, thenAndNow = [] }) =>
      thenAndNow.length === 0 ? [] : [[name, thenAndNow.map(({ id }) => id)] as const],
    );
    expect(Object.fromEntries(found)).to.deep.equal(corrected);
    const ids = found.flatMap(([, list]) => list);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids).to.have.length(58);
    const documents = explanations.flatMap(({ thenAndNow = [] }) =>
      thenAndNow.filter(({ said }) => typeof said.by === "number"),
    );
    expect(documents).to.have.length(39);
  });

  it("answer what the documents ask", () => {
    const asked = explanations.flatMap(({ questions = [] }) =>
      questions.flatMap(({ question, asked }) => (asked === 3 ? [question] : [])),
    );
    expect(asked).to.have.members([
      "Why load the module overlay?",
      "Why load the module br_netfilter?",
      "Why set net.bridge.bridge-nf-call-iptables to 1?",
      "Why set net.ipv4.ip_forward to 1?",
      "Why disable swap?",
      "Why both runtime commands and persistent files?",
      "Why does Kubernetes care about iptables?",
      "What is the difference between overlay and overlay2?",
      "Can Kubernetes run with swap enabled?",
      "What happens if br_netfilter is not loaded?",
      "What do these kernel settings have in common?",
    ]);
  });
});

describe("what explain prints", () => {
  const colors = pc.createColors(false);
  const words = (text: string) => text.replace(/\s+/g, " ");

  it("lists the topics by area, in building order, and the lists over all of them", () => {
    const lines = renderTopics(explanations, "./hardway --lab two").split("\n");
    expect(lines.filter((line) => /^\w/.test(line)).slice(0, -2)).to.deep.equal([...explainedAreas, "all"]);
    expect(lines).to.include("  overlay                  Kernel module overlay: image layers as one file system");
    expect(lines.at(-2)).to.contain('"./hardway --lab two explain TOPIC"');
  });

  it("is what the page has, and all of it", () => {
    const page = words(readFileSync(join(repository, "docs/why.md"), "utf8"));
    const plainPage = words(plainProse(page.replace(/\\(.)/g, "$1")));
    for (const topic of explanations) {
      const printed = words(renderSections(topic.title, sectionsOf(topic, experiments), colors));
      for (const text of textsOf({ ...topic, byHand: undefined, area: undefined, name: undefined })) {
        expect(printed, topic.name).to.contain(words(plainProse(text)));
        expect(plainPage, topic.name).to.contain(words(plainProse(text)));
      }
      expect(printed, topic.name).to.contain(words(topic.byHand ?? ""));
      expect(page, topic.name).to.contain(words(topic.byHand ?? ""));
    }
  });

  it("has every section, and the titles of the documents that it names by number", () => {
    const swap = explanations.filter(({ name }) => name === "ip_forward");
    const sections = [
      ...swap.flatMap((topic) => sectionsOf(topic, experiments, "./hardway --lab two")),
      ...documentSection(swap),
    ];
    const titles = [
      "What",
      "Why",
      "By hand",
      "See it",
      "Where",
      "Without it",
      "Then and now",
      "Questions",
      "Documents",
    ];
    expect(sections.map(({ title }) => title)).to.deep.equal(titles);
    const lines = renderSections("ip_forward", sections, colors, 60).split("\n");
    expect(lines).to.include("  sudo sysctl -w net.ipv4.ip_forward=1");
    expect(lines.filter((line) => line.startsWith("  - ./hardway --lab two try forwarding: "))).to.have.length(1);
    expect(lines.filter((line) => line.startsWith("  - ./hardway --lab two follow node-0 node-1: "))).to.have.length(1);
    expect(lines).to.include(`  - Document 3: ${guides[3]}`);
    const source = "https://github.com/containernetworking/plugins/blob/v1.9.1/plugins/main/bridge/bridge.go";
    expect(lines).to.include(`    ${source}`);
    const long = lines.filter((line) => line.length > 60 && !line.includes("https://") && !line.includes("/proc/"));
    expect(long).to.deep.equal([]);
  });

  it("has all questions, and all corrections by who is corrected", () => {
    const questions = questionSections(explanations).flatMap(({ blocks }) => blocks);
    const count = explanations.reduce((sum, { questions = [] }) => sum + questions.length, 0);
    expect(questions.reduce((sum, block) => sum + (block.kind === "list" ? block.items.length : 0), 0)).to.equal(count);
    const corrections = correctionSections(explanations);
    expect(corrections.map(({ title }) => title)).to.deep.equal([
      ...Object.entries(guides).map(([number, title]) => `Document ${number}, ${title}`),
      "Kubernetes the Hard Way",
      "Often said",
    ]);
    const items = corrections.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === "list" ? block.items : [])),
    );
    expect(items).to.have.length(Object.values(corrected).flat().length);
  });

  it("is what README shows of it", () => {
    const readme = readFileSync(join(repository, "README.md"), "utf8");
    const [, name = "", shown = ""] = /^\$ \.\/hardway explain (\S+)\n(.*?)^```$/ms.exec(readme) ?? [];
    const topic = explanations.filter((one) => one.name === name);
    const printed = topic.map((one) => renderSections(one.title, sectionsOf(one, experiments), colors)).join("\n");
    const lines = shown.split("\n").filter((line) => line !== "" && line !== "...");
    expect(lines).to.have.length.greaterThan(5);
    expect(printed.split("\n")).to.include.members(lines);
  });

  it("is broken into lines between words, never inside of code", () => {
    expect(wrapProse("one `two three` four", 10)).to.deep.equal(["one", "`two three`", "four"]);
    expect(wrapProse("a\n  b", 80)).to.deep.equal(["a b"]);
    expect(wrapProse("", 80)).to.deep.equal([]);
    expect(plainProse("**See** [`x`](y.md#x), [Page](https://a.b/c)")).to.equal("See x, Page: https://a.b/c");
  });
});
