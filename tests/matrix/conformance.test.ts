import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runToEnd } from "../../cloud/run";
import { shellQuote } from "../../components/remote/shellQuote";
import { freePort } from "../support/freePort";
import { waitFor } from "../support/waitFor";
import { importScript, testImages } from "./conformance/images";
import { failuresOf } from "./conformance/report";
import { dryRun, runSuite } from "./conformance/run";
import { selection } from "./conformance/selection";
import { buildSuite, conformanceTests, kubectlIn, type Suite } from "./conformance/suite";
import { useLab } from "./lab";

const workers = ["node-0", "node-1"];

describe("Kubernetes' own conformance tests", () => {
  const lab = useLab("conformance", {
    ...{ cluster: true, controllerInstanceType: "t2.small", etcdHeartbeatMilliseconds: 500 },
    // Tests have up to a dozen pods at a time.
    instanceType: "t2.small",
    dnsImage: "hardway.local/coredns:1.14.6",
    imageArchives: ["/usr/share/hardway/images/lab.tar", "/usr/share/hardway/images/nginx.tar"],
  });
  let suite: Suite;
  let folder: string;

  it("are built here, and those that are chosen are among them", async () => {
    suite = await buildSuite();
    folder = join(lab.state.directory, "suite");
    mkdirSync(folder);
    expect(await conformanceTests(suite)).to.include.members([...selection]);
    const found = await dryRun({ ...suite, names: selection, folder });
    expect(found.map(({ name }) => name)).to.have.members([...selection]);
  });

  it("find their images on each worker of a lab, which needs no registry", async () => {
    const { archive, names } = await testImages(suite);
    await lab.up("--skip-verify");
    for (const node of workers) {
      const words = [
        join(lab.state.checkout, "hardway"),
        lab.name,
        node,
        `sudo -n sh -c ${shellQuote(importScript(names))}`,
      ];
      const script = `exec "$0" ssh --lab "$1" "$2" "$3" <"$4"`;
      const { code, stderr } = await lab.state.run("sh", ["-euc", script, ...words, archive]);
      expect(code, `${node}: ${stderr}`).to.equal(0);
      const pinned = await lab.on(node, "ctr -n k8s.io images ls -q 'labels.\"io.cri-containerd.pinned\"==pinned'");
      expect(pinned.split("\n"), node).to.include.members(Object.values(names).flat());
    }
  });

  it("pass, each of those that are chosen", async function () {
    this.timeout(3 * 3_600_000);
    const kubectl = kubectlIn(folder);
    const port = String(await freePort());
    const { code, stdout, stderr } = await lab.state.hardway("kubeconfig", "--port", port);
    expect(code, stderr).to.equal(0);
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, stdout, { mode: 0o600 });
    const tunnel = lab.state.start("tunnel", "--port", port);
    try {
      const ready = ["--kubeconfig", kubeconfig, "get", "--raw", "/readyz"];
      const answers = async () => (await runToEnd(kubectl, ready, { timeoutMs: 30_000 })).code === 0;
      await waitFor(answers, "the API server answers through the tunnel", 120, tunnel.output);
      const onTest = (line: string) => console.log(`      • ${line}`);
      const ran = await runSuite({ ...suite, names: selection, folder, kubeconfig, kubectl, onTest });
      const states = Object.fromEntries(ran.map(({ name, state }) => [name, state]));
      expect(states, failuresOf(ran)).to.deep.equal(Object.fromEntries(selection.map((name) => [name, "passed"])));
    } finally {
      tunnel.end();
      await tunnel.done;
    }
  });
});
