import { expect } from "chai";
import type { CertificateRow } from "../../cli/commands/certsText";
import { adminKubectl } from "../../cli/verify/cluster/adminKubectl";
import { useLab, type Settings } from "./lab";

const settings: Settings = {
  ...{ cluster: true, workers: 1, controllerInstanceType: "t2.small", etcdHeartbeatMilliseconds: 500 },
  dnsImage: "hardway.local/coredns:1.14.6",
};
const hosts = ["server", "node-0"] as const;
const kubectl = adminKubectl.join(" ");
const services = {
  server: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"],
  "node-0": ["kubelet", "kube-proxy", "containerd"],
} as const;
/** In the memory of the host, whose disk must not hold what it looks for. */
const seen = "/dev/shm/hardway-seen";

/** The life of certificates, and where keys are seen meanwhile. */
describe("a cluster's certificates on machines", () => {
  const lab = useLab("certs", settings);

  async function certs(): Promise<{ code: number | null; rows: CertificateRow[] }> {
    const { code, stdout } = await lab.state.hardway("certs", "--json");
    return { code, rows: JSON.parse(stdout) as CertificateRow[] };
  }

  /** When each service of a host started last. */
  async function starts(host: keyof typeof services): Promise<Record<string, string>> {
    const text = await lab.on(
      host,
      services[host].map((name) => `systemctl show -p ExecMainStartTimestampMonotonic --value ${name}`).join("\n"),
    );
    return Object.fromEntries(text.split("\n").map((line, index) => [services[host][index] ?? "", line]));
  }

  const pod = () =>
    lab.on("server", `${kubectl} get pod still -o jsonpath='{.metadata.uid} {.status.containerStatuses[0]}'`);

  it("are all listed, each with its days", async () => {
    await lab.up("--skip-verify");
    const { code, rows } = await certs();
    expect(rows.flatMap(({ host, problem }) => (problem === undefined ? [] : [`${host}: ${problem}`]))).to.deep.equal(
      [],
    );
    expect(code).to.equal(0);
    const byHost = (name: string) => rows.filter(({ host }) => host === name).length;
    expect([byHost("server"), byHost("node-0"), rows.length]).to.deep.equal([14, 4, 18]);
    const days = rows.map(({ daysLeft = 0 }) => daysLeft);
    expect(days).to.deep.equal([...days].sort((one, other) => one - other));
    expect([...new Set(days)]).to.deep.equal([364, 3649]);
  });

  it("are all issued again, for which services restart, and no pod", async () => {
    await lab.on(
      "server",
      `until ${kubectl} get serviceaccount default; do sleep 2; done
      ${kubectl} run still --image hardway.local/busybox:1 --image-pull-policy Never --restart Always -- sleep 1000000
      ${kubectl} wait --for condition=Ready --timeout 110s pod/still`,
    );
    const [podBefore, serverBefore, nodeBefore] = [await pod(), await starts("server"), await starts("node-0")];
    const before = await certs();
    for (const host of hosts) await lab.on(host, watch);

    const { code, stdout, stderr } = await lab.state.hardway("certs", "renew", "--yes", "--json");
    expect(code, stderr).to.equal(0);
    const { notRenewed, certificates } = JSON.parse(stdout) as {
      notRenewed: string[];
      certificates: CertificateRow[];
    };
    expect(notRenewed).to.deep.equal([]);
    const unchanged = certificates.filter(({ host, file, fingerprint }) =>
      before.rows.some((row) => row.host === host && row.file === file && row.fingerprint === fingerprint),
    );
    expect(unchanged.every(({ isAuthority }) => isAuthority)).to.equal(true);
    expect(certificates.length - unchanged.length).to.equal(12);

    expect(await pod(), "the pod").to.equal(podBefore);
    const restarted = (earlier: Record<string, string>, later: Record<string, string>) =>
      Object.keys(earlier).filter((name) => earlier[name] !== later[name]);
    expect(restarted(serverBefore, await starts("server"))).to.deep.equal(services.server);
    expect(restarted(nodeBefore, await starts("node-0"))).to.deep.equal(["kubelet", "kube-proxy"]);
    expect(await lab.on("server", `${kubectl} get nodes -o name`)).to.equal("node/node-0");
  });

  it("have keys that no process list, environment or journal has shown", async () => {
    for (const host of hosts) {
      const found = await lab.on(host, `${search}\nkill "$(cat ${seen}.pid)"`);
      // Each kind of place was looked through, and what is no secret is found there.
      expect(found, host).to.match(/^marks: [1-9]\d* cmdline, [1-9]\d* environ, [1-9]\d* journal$/);
    }
  });

  it("are left alone by an up that has nothing else to do", async () => {
    expect((await lab.up("--skip-verify")).changed).to.equal(false);
  });

  it("with twenty days left are a problem with a way out", async () => {
    lab.configure({ ...settings, certificateDays: 20 });
    await lab.up("--skip-verify");
    const { code, stdout } = await lab.state.hardway("certs");
    expect(code).to.equal(1);
    expect(stdout).to.match(/node-0 \/var\/lib\/kubelet\/kubelet\.crt ends on \d{4}-\d\d-\d\d, in 19 days/);
    expect(stdout).to.contain("It was issued for 20 days: set hardway:certificateDays to more than 30, then run");
    expect((await lab.up("--skip-verify")).changed, "issued again each time").to.equal(false);

    lab.configure(settings);
    await lab.up("--skip-verify");
    // A host whose clock is wrong is judged by it, as its programs do.
    await lab.on("node-0", "systemctl stop systemd-timesyncd 2>/dev/null; date -s '+345 days'");
    const { rows } = await certs();
    expect(rows.filter(({ problem }) => problem !== undefined).map(({ file }) => file)).to.have.members([
      ...["/var/lib/kube-proxy/kube-proxy.crt", "/var/lib/kubelet/kubelet.crt"],
    ]);
  });
});

/** Writes down, until it is ended, what any process shows of itself. */
const watch = `
nohup setsid sh -c 'echo $$ >${seen}.pid; : >${seen}.cmdline; : >${seen}.environ
while :; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\000" "\\n" >>${seen}.cmdline
  cat /proc/[0-9]*/environ 2>/dev/null | tr "\\000" "\\n" >>${seen}.environ
  sort -u -o ${seen}.cmdline ${seen}.cmdline; sort -u -o ${seen}.environ ${seen}.environ
  sleep 1
done' >/dev/null 2>&1 </dev/null &
until [ -s ${seen}.pid ]; do sleep 0.1; done`;

/**
 * Looks for each line of each key, and for the text of each key in base64 as it travels. The patterns are in files, since a
 * process list would show them otherwise.
 */
const search = `
sent() { base64 -w 0 "$1" | fold -w 40 | grep -x '.\\{40\\}' >>${seen}.keys; }
: >${seen}.keys
for key in $(find /etc/etcd /var/lib/kubernetes /var/lib/kubelet /var/lib/kube-proxy -maxdepth 1 -name '*.key'); do
  grep -v -e '-----' "$key" >>${seen}.keys
  sent "$key"
done
if [ -e /var/lib/kubernetes/encryption.yaml ]; then
  awk '$1 == "secret:" { print $2 }' /var/lib/kubernetes/encryption.yaml >>${seen}.keys
  sent /var/lib/kubernetes/encryption.yaml
fi
[ "$(grep -c . ${seen}.keys)" -ge 6 ]
journalctl --no-pager -o cat >${seen}.journal
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' '\\n' >>${seen}.cmdline
for place in cmdline environ journal; do
  if grep -q -F -f ${seen}.keys ${seen}.$place; then echo "a key is in $place"; fi
done
if grep -r -l -F -f ${seen}.keys /var/log /run/systemd /etc/systemd 2>/dev/null; then echo 'has a key'; fi
find /var/lib/hardway /tmp /var/tmp -type f -exec grep -l -F -f ${seen}.keys {} + || :
echo "marks: $(grep -c -e --config -e --cert-file ${seen}.cmdline) cmdline, $(grep -c ^PATH= ${seen}.environ) environ, $(grep -c -i kube ${seen}.journal) journal"
rm -f ${seen}.keys ${seen}.journal`;
