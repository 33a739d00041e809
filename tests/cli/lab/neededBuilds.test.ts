import { expect } from "chai";
import { join } from "node:path";
import { recipes, type BuildName } from "../../../cli/artifacts/recipes";
import { expectedMirror, mirrorVariables, neededBuilds } from "../../../cli/lab/neededBuilds";
import { checkedConfig, type LabKind, type LabSettings } from "../../../cli/settings/settings";
import { failureOf, temporaryFolder } from "../support";

const settings = (values: Record<string, unknown>, kind: LabKind = "embedded"): LabSettings => ({
  ...{ kind, values, strayKeys: [], aws: {}, hasSecrets: false },
});

describe("the mirror of a lab", () => {
  const folder = temporaryFolder();
  const sumsFile = () => join(folder(), "artifacts/mirror/SHA256SUMS");

  const usual: BuildName[] = ["containerd", "runc", "cni-plugins"];
  const cases: [string, LabSettings, BuildName[]][] = [
    ["source mirror", settings({ runtimeSource: "mirror" }), usual],
    ["source mirror of one worker", settings({ nodes: { "node-1": { runtimeSource: "mirror" } } }), usual],
    ["gVisor too", settings({ runtimeSource: "mirror", handlers: ["runsc", "runc"] }), [...usual, "runsc"]],
    [
      "gVisor on one worker",
      settings({ nodes: { "node-1": { runtimeSource: "mirror", handlers: ["runsc"] } } }),
      ["containerd", "cni-plugins", "runsc"],
    ],
    [
      "gVisor on a worker with packages",
      settings({ nodes: { "node-1": { runtimeSource: "distro", handlers: ["runc", "runsc"] } } }),
      ["runsc"],
    ],
    [
      "gVisor for CRI-O",
      settings({ runtime: "crio", runtimeSource: "mirror", handlers: ["runc", "runsc"] }),
      ["cni-plugins", "runsc", "cri-o"],
    ],
    [
      "CRI-O on one worker",
      settings({ runtimeSource: "mirror", nodes: { "node-1": { runtime: "crio" } } }),
      [...usual, "cri-o"],
    ],
    [
      "Docker, whose other programs are packages",
      settings({ runtime: "docker", handlers: ["runc", "crun"] }),
      ["cri-dockerd"],
    ],
    ["a repository that has cri-dockerd", settings({ runtime: "docker", runtimeSource: "repository" }), []],
    ["cri-dockerd of one's own", settings({ runtime: "docker", runtimeArtifacts: [{ name: "cri-dockerd" }] }), []],
    ["another mirror", settings({ runtimeSource: "mirror", runtimeMirror: "https://mirror.example" }), []],
    [
      "another mirror of the one worker",
      settings({ nodes: { "node-1": { runtimeSource: "mirror", runtimeMirror: "https://mirror.example" } } }),
      [],
    ],
    ["a cluster", settings({ cluster: true }), ["kubernetes", "etcd", "crictl"]],
    [
      "a cluster whose DNS is no registry's",
      settings({ cluster: true, dnsImage: "hardway.local/coredns:1.14.6" }),
      ["kubernetes", "etcd", "crictl", "coredns"],
    ],
    ["packages", settings({ runtimeSource: "distro", runtimeMirror: "" }), []],
    ["AWS", settings({ runtimeSource: "mirror" }, "aws"), []],
  ];
  for (const [what, given, builds] of cases) {
    const used = builds.length > 0;
    it(`is ${used ? "" : "not "}the embedded EC2's with ${what}`, () => {
      expect(neededBuilds(given)).to.deep.equal(builds);
      expect(expectedMirror({ cache: folder(), settings: given })?.sumsFile).to.equal(used ? sumsFile() : undefined);
      expect(mirrorVariables({ cache: folder(), settings: given }, "http://10.0.2.2:4600")).to.deep.equal(
        used ? { HARDWAY_MIRROR: "http://10.0.2.2:4600", HARDWAY_MIRROR_SUMS: sumsFile() } : {},
      );
    });
  }

  it("is expected to hold what will be built, so that the configuration is checked before hours of building", async () => {
    const check = (values: Record<string, unknown>) => {
      const given = settings({ target: "aws", adminCidrs: ["127.0.0.0/8"], runtimeSource: "mirror", ...values });
      return checkedConfig(given, folder(), expectedMirror({ cache: folder(), settings: given }));
    };
    const [containerd] = recipes(["containerd"]);
    expect(check({ runtimeVersion: containerd!.version })).to.not.equal(undefined);
    const error = await failureOf(() => check({ runtimeVersion: "9.9.9", workers: 0 }));
    expect(error.message).to.contain("hardway:workers");
    expect((await failureOf(() => check({ runtimeVersion: "9.9.9" }))).message).to.match(
      new RegExp(`hardway:runtimeVersion .*there are ${containerd!.version}`),
    );
  });

  it("is judged of artifacts that are none", () => {
    expect(neededBuilds(settings({ runtime: "docker", runtimeArtifacts: [null, 7, "x"] }))).to.deep.equal([
      "cri-dockerd",
    ]);
  });

  it("is unknown while the embedded EC2 does not run", () => {
    const lab = { cache: folder(), settings: settings({ runtimeSource: "mirror" }) };
    expect(mirrorVariables(lab, undefined)).to.deep.equal({});
  });
});
