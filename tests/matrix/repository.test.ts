import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { builtArtifacts, readMirrorSums } from "../../cli/artifacts/built";
import { cacheDirectory } from "../../cli/paths";
import { runToEnd } from "../../cloud/run";
import { mirrorDirectory } from "../../cloud/daemon/MirrorServer";
import { proven, standIns, type Nodes } from "./configurations";
import { useLab } from "./lab";
import { PackageRepository, type Package } from "./packageRepository";

const unit = (lines: readonly string[]) => ["[Service]", "Type=notify", ...lines, ""].join("\n");

/** The network that CRI-O's package brings along, in which no pod of the lab may be. */
const packagedNetwork = {
  cniVersion: "1.0.0",
  name: "crio",
  plugins: [
    {
      ...{ type: "bridge", bridge: "cni0", isGateway: true, ipMasq: true },
      ipam: { type: "host-local", routes: [{ dst: "0.0.0.0/0" }], ranges: [[{ subnet: "10.85.0.0/16" }]] },
    },
  ],
};

/**
 * CRI-O and cri-dockerd as they are built here, in packages laid out like their projects' own (cri-o/packaging,
 * Mirantis/cri-dockerd), and packages that are named like Mirantis' engine and bring Debian's.
 *
 * @param programs folder with the unpacked archives of the lab's mirror
 */
const packages = (programs: string): Package[] => [
  {
    ...{ name: "cri-o", version: "1.34.0-1", depends: ["conmon", "runc", "crun"] },
    files: {
      "/usr/bin/crio": { copy: join(programs, "cri-o/bin/crio") },
      "/usr/bin/pinns": { copy: join(programs, "cri-o/bin/pinns") },
      "/usr/libexec/crio/conmon": { link: "/usr/bin/conmon" },
      "/usr/libexec/crio/runc": { link: "/usr/sbin/runc" },
      "/usr/libexec/crio/crun": { link: "/usr/bin/crun" },
      "/usr/lib/systemd/system/crio.service":
        unit(["ExecStart=/usr/bin/crio", "Restart=on-failure"]) + "[Install]\nWantedBy=multi-user.target\n",
      "/etc/crio/crio.conf.d/10-crio.conf": '[crio.runtime]\ndefault_runtime = "crun"\n',
      "/etc/cni/net.d/10-crio-bridge.conflist": JSON.stringify(packagedNetwork),
    },
  },
  {
    ...{ name: "cri-dockerd", version: "0.4.0-1", depends: [] },
    files: {
      "/usr/bin/cri-dockerd": { copy: join(programs, "cri-dockerd/cri-dockerd") },
      "/usr/lib/systemd/system/cri-docker.service": unit(["ExecStart=/usr/bin/cri-dockerd"]),
      "/usr/lib/systemd/system/cri-docker.socket": "[Socket]\nListenStream=%t/cri-dockerd.sock\n",
    },
  },
  { name: "docker-ee", version: "5:26.1.5", depends: ["docker-ee-cli", "containerd.io", "docker.io"], files: {} },
  { name: "docker-ee-cli", version: "5:26.1.5", depends: ["docker-cli"], files: {} },
  { name: "containerd.io", version: "1.7.24-1", depends: ["containerd"], files: {} },
];

/** Runtimes from a package repository of one's own, signed by a key of one's own. */
describe("runtimes from a repository of packages", () => {
  const lab = useLab("packages");
  let repository: PackageRepository | undefined;

  before(async () => {
    const { code, stderr } = await lab.state.hardway("artifacts", "build", "cri-o", "cri-dockerd");
    expect(code, stderr).to.equal(0);
    const programs = join(lab.state.directory, "programs");
    mkdirSync(programs);
    const built = builtArtifacts(mirrorDirectory(cacheDirectory()), readMirrorSums(cacheDirectory()) ?? "");
    for (const { file } of built.filter(({ name }) => name === "cri-o" || name === "cri-dockerd")) {
      const unpacked = await runToEnd("tar", ["-xzf", file, "-C", programs], { timeoutMs: 120_000 });
      expect(unpacked.code, unpacked.stderr).to.equal(0);
    }
    repository = await PackageRepository.serve(join(lab.state.directory, "packages"), packages(programs));
    // Machines reach no port of this computer that is not opened to them.
    for (const command of [["start"], ["set", `guestPorts=${new URL(repository.settings.url).port}`]]) {
      const opened = await lab.state.hardway("cloud", ...command);
      expect(opened.code, opened.stderr).to.equal(0);
    }
  });
  after(() => repository?.close());

  it("are installed from it and from no other, and pods have the lab's network", async () => {
    const runtimeRepositories = [{ ...repository!.settings, components: [] }];
    const told: Nodes = { ...proven.packaged, ...standIns.packaged };
    const nodes = Object.fromEntries(
      Object.entries(told).map(([name, node]) => [name, { ...node, runtimeRepositories }]),
    );
    lab.configure({ nodes });
    await lab.up();
    expect(await lab.on("node-0", "dpkg-query -W cri-o; readlink /proc/$(pidof crio)/exe; ls /etc/cni/net.d")).to.equal(
      "cri-o\t1.34.0-1\n/usr/bin/crio\n10-bridge.conf\n99-loopback.conf",
    );
    expect(await lab.on("node-1", "dpkg-query -W docker-ee; readlink /proc/$(pidof cri-dockerd)/exe")).to.equal(
      "docker-ee\t5:26.1.5\n/usr/bin/cri-dockerd",
    );
    expect((await lab.up()).changed).to.equal(false);
  });

  it("go with all that they brought", async () => {
    lab.configure({ nodes: proven.packages });
    await lab.up();
    const left =
      "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' cri-o cri-dockerd docker-ee docker.io 2>/dev/null | grep -v not-installed";
    for (const node of ["node-0", "node-1"])
      expect(
        await lab.on(
          node,
          `${left} || :; ls -d /etc/apt/sources.list.d/hardway* /etc/crio /etc/docker 2>/dev/null || :`,
        ),
        node,
      ).to.equal("");
  });
});
