import { expect } from "chai";
import { containerd } from "../../components/node/runtime/containerd";
import { crio } from "../../components/node/runtime/crio";
import { docker } from "../../components/node/runtime/docker";
import { settingsWith } from "../components/node/runtime/runtimeSettings";
import { FakeRuntimes } from "./fakeRuntimes";

/** What answers the CRI on a node, and where. */
const criSockets = {
  "containerd.service": "/run/containerd/containerd.sock",
  "cri-docker.socket": "/run/cri-dockerd.sock",
  "crio.service": "/run/crio/crio.sock",
};

describe("a node's runtime", () => {
  let host: FakeRuntimes;
  let variables: Readonly<Record<string, Record<string, string>>>;
  beforeEach(() => {
    host = new FakeRuntimes();
    const { crio: archives, criDockerd } = host;
    variables = {
      "30-containerd": containerd.variables(settingsWith({})),
      "31-crio": crio.variables(settingsWith({ runtimeSource: "release", ...host.artifact(archives["1.36.3"]) })),
      "32-docker": docker.variables(settingsWith(host.artifact(criDockerd))),
    };
  });
  afterEach(() => host.remove());

  function install(step: string): void {
    const run = host.run(step, variables[step]);
    expect(run.stderr, step).to.equal("");
  }
  function undo(step: string): void {
    expect(host.run(`${step}.undo`).stderr, `${step}.undo`).to.equal("");
  }
  const active = () => Object.keys(criSockets).filter((unit) => host.exists(`/systemd/active/${unit}`));
  const atBoot = () => Object.keys(criSockets).filter((unit) => host.exists(`/systemd/enabled/${unit}`));

  it("is one alone after each switch, and is there again when the others are undone", () => {
    const before = host.contents();
    install("30-containerd");
    expect(active()).to.deep.equal(["containerd.service"]);
    const withContainerd = host.contents();

    install("32-docker");
    // The containerd that works for Docker answers no CRI.
    expect(active()).to.deep.equal(["containerd.service", "cri-docker.socket"]);
    expect(host.read("/running/containerd.toml")).to.contain("disabled_plugins");
    const withDocker = host.contents();

    install("31-crio");
    expect(active()).to.deep.equal(["crio.service"]);
    expect(atBoot()).to.deep.equal(["crio.service"]);
    expect(Object.values(criSockets).filter((socket) => host.exists(socket))).to.deep.equal(["/run/crio/crio.sock"]);

    undo("31-crio");
    expect(host.contents()).to.deep.equal(withDocker);
    undo("32-docker");
    host.write("/var/lib/apt/lists/x_Packages", ""); // a fake purge takes them along
    expect(host.contents()).to.deep.equal(withContainerd);
    undo("30-containerd");
    expect(host.contents()).to.deep.equal(before);
  });

  it("can go back to an earlier one without an undo between", () => {
    for (const step of ["30-containerd", "31-crio", "32-docker", "31-crio", "30-containerd"]) install(step);
    expect(active()).to.deep.equal(["containerd.service"]);
    expect(atBoot()).to.deep.equal(["containerd.service"]);
    expect(host.exists("/systemd/active/docker.service")).to.equal(false);
    expect(host.read("/running/containerd.toml")).to.equal(variables["30-containerd"]?.["CONFIG_V2"]);
  });

  it("stays while the one before it has containers", () => {
    install("30-containerd");
    host.write("/running/tasks", "one\ntwo\n");
    const before = host.contents();
    for (const step of ["31-crio", "32-docker"]) {
      const run = host.run(step, variables[step]);
      expect(run.stderr).to.contain(
        "nothing was changed:\n- containerd still runs 2 containers, which would be left alone. Drain this node or delete " +
          "its pods first\n",
      );
    }
    expect(host.contents()).to.deep.equal(before);
    host.write("/running/tasks", "");
    install("31-crio");
    host.write("/proc/4711/comm", "sleep\n");
    const userdata = "/run/containers/storage/overlay-containers/x/userdata";
    host.write(`${userdata}/pidfile`, "4711");
    host.write(`${userdata}/config.json`, '{"annotations":{"io.kubernetes.cri-o.ContainerID":"x"}}');
    expect(host.run("32-docker", variables["32-docker"]).stderr).to.contain("- CRI-O still runs 1 containers, ");
  });

  it("leaves a Docker alone that answers no CRI, with its containerd", () => {
    install("32-docker");
    for (const unit of ["cri-docker.socket", "cri-docker.service"]) {
      host.runText(`systemctl stop ${unit}; systemctl disable ${unit}`);
    }
    install("31-crio");
    expect(host.exists("/systemd/active/docker.service")).to.equal(true);
    expect(host.exists("/systemd/active/containerd.service")).to.equal(true);
  });
});
