import { expect } from "chai";
import { kubeletSysctls } from "../../components/node/kernelFiles";
import { FakeHost } from "./fakeHost";

describe("the kubelet's step", () => {
  let host: FakeHost;
  beforeEach(() => {
    host = new FakeHost();
    host.program("ss", { "*": ":" });
    host.program("systemctl", { "*": ":" });
    host.write("/sys/fs/cgroup/cgroup.controllers", "cpu cpuset memory pids");
    host.write("/proc/swaps", "Filename Type Size Used Priority\n/dev/vdb partition 1 0 -2\n");
    for (const [name, value] of Object.entries(kubeletSysctls))
      host.write(`/proc/sys/${name.replaceAll(".", "/")}`, `${value}\n`);
  });
  afterEach(() => host.remove());

  function problemsFound(): string[] {
    const before = host.contents();
    const run = host.run("70-kubelet", {
      ...{
        SERVICES: "kubelet",
        SERVICE_FILES: "",
        FILES: "",
        ARTIFACTS: "",
        NODE: "node-0",
        SERVER: "https://192.0.2.1:6443",
      },
      ...{ FOLDER: "/var/lib/kubelet", DROP_INS: "/etc/kubernetes/kubelet.conf.d", SOCKET: "unix:///run/x.sock" },
      ...{ API_PORT: "10250", HEALTH_PORT: "10248" },
      SYSCTLS: Object.entries(kubeletSysctls)
        .map(([key, value]) => `${key}=${value}`)
        .join("\n"),
    });
    expect(run.status, run.stderr).not.to.equal(0);
    expect(run.changes).to.deep.equal([]);
    expect(host.contents()).to.deep.equal(before);
    return run.stderr.split("\n").filter((line) => line.startsWith("- "));
  }

  it("refuses a host whose kernel is not as the kubelet needs it, with all that differs", () => {
    const [swap, ...others] = problemsFound();
    expect(swap).to.match(/^- swap is on: \/dev\/vdb/);
    expect(others).to.deep.equal([]);
    host.write("/proc/sys/kernel/panic", "0\n");
    host.write("/proc/sys/vm/overcommit_memory", "2\n");
    expect(problemsFound().slice(1)).to.deep.equal([
      "- the sysctl vm.overcommit_memory is 2, and the kubelet needs 1. Run the kernel's step again",
      "- the sysctl kernel.panic is 0, and the kubelet needs 10. Run the kernel's step again",
    ]);
  });
});
