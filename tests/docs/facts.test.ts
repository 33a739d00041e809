import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { buildable, buildNames, type BuildName } from "../../cli/artifacts/recipes";
import { keptLogs } from "../../cli/engine/runLog";
import { engineVersion, oldestEngine } from "../../cli/toolchain/engineVersion";
import { oldestGo } from "../../cli/toolchain/goTool";
import { wantedFreeGiB } from "../../cli/toolchain/inspect";
import { needMachineType } from "../../cloud/api/resources/machineTypes";
import { defaultEndpoint } from "../../cloud/daemon/CloudProcess";
import { lastPort } from "../../cloud/daemon/freeEndpoint";
import { engines } from "../../package.json";

const root = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const defaults = Object.fromEntries(
  Object.entries((parse(read("Pulumi.yaml")) as { config: Record<string, { default: unknown }> }).config).map(
    ([key, { default: value }]) => [key, value],
  ),
);

/** A number or default that documents name: the groups of the pattern, wherever it matches, have to be these values. */
interface Fact {
  readonly files: readonly string[];
  readonly pattern: RegExp;
  readonly values: readonly unknown[];
}

const workers = Number(defaults["workers"]);
const machine = (parse(read("Pulumi.dev.yaml")) as { config: Record<string, string> }).config["hardway:instanceType"];
const machinesGiB = ((workers + 1) * needMachineType(String(machine)).memoryMiB) / 1024;

const facts: Readonly<Record<string, Fact>> = {
  "the oldest Node.js": {
    files: ["README.md", "docs/cli.md", "hardway"],
    pattern: /Node\.js (\S+) or newer/g,
    values: [engines.node.replace(">=", "")],
  },
  "the space on disk": { files: ["README.md"], pattern: /(\d+) GiB of disk/g, values: [wantedFreeGiB] },
  "the memory: the machines', and 1 GiB for the rest": {
    files: ["README.md"],
    pattern: /(\d+) GiB of free memory/g,
    values: [machinesGiB + 1],
  },
  "the number of machines": {
    files: ["README.md"],
    pattern: /(\w+) virtual machines on this computer, set up/g,
    values: [inWords(workers + 1)],
  },
  "the default target": {
    files: ["docs/cli.md"],
    pattern: /`hardway:target: (\w+)`, which is the default/g,
    values: [defaults["target"]],
  },
  "the oldest Pulumi engine": {
    files: ["docs/cli.md"],
    pattern: /version 3, (\S+) or newer/g,
    values: [oldestEngine],
  },
  "the Pulumi engine that is downloaded": {
    files: ["docs/cli.md"],
    pattern: /official download of (\S+),/g,
    values: [engineVersion],
  },
  "the oldest Go": { files: ["docs/cli.md"], pattern: /Go (\S+) or newer/g, values: [oldestGo.replace(/\.0$/, "")] },
  "where the embedded EC2 listens": {
    files: ["docs/cli.md", "README.md", "Pulumi.dev.yaml", "Pulumi.two-zones.yaml"],
    pattern: /http:\/\/([\d.]+):(\d+)/g,
    values: [defaultEndpoint.host, defaultEndpoint.port],
  },
  "the last port of the embedded EC2": { files: ["docs/cli.md"], pattern: /port up to (\d+)/g, values: [lastPort] },
  "the runs of the engine that are kept": {
    files: ["docs/cli.md"],
    pattern: /last (\w+) runs of the engine/g,
    values: [inWords(keptLogs)],
  },
  "the routes of a table": {
    files: ["docs/aws.md"],
    pattern: /Routes per route table +\| (\d+) /g,
    values: [defaults["routesPerTable"]],
  },
  "the size of a root volume": {
    files: ["docs/aws.md"],
    pattern: /gp3 volume, (\d+) GiB/g,
    values: [defaults["rootVolumeGiB"]],
  },
  "the VPC's network": {
    files: ["docs/aws.md"],
    pattern: /\| VPC +\| \d+ +\| ([\d./]+)/g,
    values: [defaults["vpcCidr"]],
  },
  "the instance type that is priced": {
    files: ["docs/aws.md"],
    pattern: /\| (t\d\w*\.\w+) +\| about/g,
    values: [defaults["instanceType"]],
  },
  "the versions that the tests run": {
    files: ["docs/runtimes.md"],
    pattern: /CRI-O (\S+), cri-dockerd (\S+), containerd (\S+), runc (\S+), CNI plugins (\S+), gVisor of (\S+)\./g,
    values: [
      ...(["cri-o", "cri-dockerd", "containerd", "runc", "cni-plugins"] as const).map(builtVersion),
      builtVersion("runsc").replace(/^(\d{4})(\d\d)(\d\d)\.0$/, "$1-$2-$3"),
    ],
  },
  "the commands of each kind of host": {
    files: ["docs/architecture.md"],
    pattern: /(\w+) per worker, (\w+) per controller/g,
    values: ["node-0", "server"].map((host) => inWords(commandsOf(host))),
  },
};

describe("a number or default in the documents", () => {
  for (const [name, { files, pattern, values }] of Object.entries(facts)) {
    for (const file of files) {
      it(`is the code's in ${file}: ${name}`, () => {
        const text = read(file).replace(/\s+/g, " "); // lines end anywhere
        const found = [...text.matchAll(pattern)].map(([, ...groups]) => groups);
        expect(found, `nothing in ${file} matches ${String(pattern)}`).to.not.be.empty;
        for (const groups of found) expect(groups).to.deep.equal(values.map(String));
      });
    }
  }

  it("is the code's in bench/README.md: the parts", () => {
    const rows = [...read("bench/README.md").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(rows).to.deep.equal(benchParts());
  });

  it("is the code's in docs/cli.md: what can be built, and how long it takes", () => {
    const rows = [...read("docs/cli.md").matchAll(/^\| `([\w-]+)` +\| (\d[\d.]*) +\| (.*?) +\| (\d+) +\|$/gm)];
    const wanted = buildNames.map((name) => {
      const { title, minutes } = buildable[name];
      return [name, builtVersion(name), title, String(minutes)];
    });
    expect(rows.map(([, ...cells]) => cells)).to.deep.equal(wanted);
  });
});

/** Names in the code of `npm run bench`, which cannot be imported without being run. */
function benchParts(): string[] {
  const [, list = ""] = /const parts: [^=]* = \{ ([^}]*) \};/.exec(read("bench/main.ts")) ?? [];
  return list.split(", ").map((part) => part.split(":")[0] ?? "");
}

/** Steps of a host in the default lab, as the golden file of its resources has them. */
function commandsOf(host: string): number {
  return [...read("tests/golden/aws/aws.yaml").matchAll(new RegExp(`^command:remote:Command \\S+-${host}:$`, "gm"))]
    .length;
}

function builtVersion(name: BuildName): string {
  return buildable[name].recipes()[0]?.version ?? "none";
}

function inWords(count: number): string {
  return ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"][count] ?? String(count);
}
