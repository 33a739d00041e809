import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { kubectlCall } from "../../../cli/commands/kubectl";
import type { HostValues } from "../../../components/config/schema";

const host = (name: string, role: HostValues["role"]) => ({ name, role }) as HostValues;
const hosts = [host("node-0", "worker"), host("server", "controller"), host("server-1", "controller")];

describe("kubectl", () => {
  it("runs on the first controller as root, with its arguments as they are", () => {
    const words = ["get", "pods", "-o", "jsonpath={.items[*].metadata.name}", "it's $HOME"];
    const { node, flags, command } = kubectlCall(hosts, "dev", words, false);
    expect([node, flags]).to.deep.equal(["server", []]);
    // What would run there, but for sudo and kubectl.
    const shown = (command[0] ?? "").replaceAll("sudo -n ", "").replace("'kubectl'", "printf '%s|'");
    const { stdout } = spawnSync("sh", ["-c", shown], { encoding: "utf8" });
    expect(stdout).to.equal(
      `--kubeconfig|/var/lib/kubernetes/admin.kubeconfig|--cache-dir|/run/hardway-kubectl|${words.join("|")}|`,
    );
  });

  it("has a terminal where we have one", () => {
    expect(kubectlCall(hosts, "dev", ["get", "nodes"], true).flags).to.deep.equal(["-t"]);
  });

  it("says what is in its way", () => {
    expect(() => kubectlCall([host("node-0", "worker")], "dev", [], false)).to.throw('Lab "dev" has no controller');
    expect(() => kubectlCall(hosts, "dev", ["create", "a\nb"], false)).to.throw(
      'several lines, which cannot be passed on: "a\\nb"',
    );
  });
});
