import { expect } from "chai";
import { judgeControlPlane, judgeWhole } from "../../../../cli/verify/cluster/controlPlane";
import { judgeEtcd, judgeLeader } from "../../../../cli/verify/cluster/etcd";
import { facts, problems, type Sections } from "../samples";
import { cluster, further, server } from "./samples";

const members = JSON.stringify({
  members: [
    { ID: "7", name: "server", clientURLs: ["https://10.240.0.10:2379"] },
    { ID: "8", name: "server-1", clientURLs: ["https://10.240.0.11:2379"] },
  ],
});
const member: Sections = {
  health: '{"health":"true","reason":""}',
  members,
  status: '{"leader":"8","version":"3.6.16"}',
  data: "700 root",
  nobody: [
    56,
    "curl: (56) OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0\n000",
  ],
  plain: [52, "curl: (52) Empty reply from server\n000"],
};

describe("rows of etcd", () => {
  const judge = (changes: Sections) => judgeEtcd(server, [server, further], facts({ ...member, ...changes }));
  const leaders = (one: Sections) =>
    judgeLeader([
      { host: "server", facts: facts({ ...member, ...one }) },
      { host: "server-1", facts: facts(member) },
    ]);

  it("are ok for members as planned, one of which leads", () => {
    expect(problems([...judge({}), ...leaders({})])).to.deep.equal([]);
    expect(leaders({}).map(({ observed }) => observed)).to.deep.equal(["server-1", "server-1"]);
    expect(problems(judge({ plain: "400" }))).to.deep.equal([]);
  });

  const table: [what: string, changes: Sections, expected: string[]][] = [
    [
      "one that is not healthy",
      { health: '{"health":"false","reason":"no leader"}' },
      ['health: {"health":"false","reason":"no leader"}'],
    ],
    ["one that does not answer", { health: [7, "curl: (7) refused"] }, ["health: curl: (7) refused"]],
    [
      "members that are missing",
      { members: '{"members":[{"ID":"7","name":"server","clientURLs":["https://10.240.0.10:2379"]}]}' },
      ["members: server at https://10.240.0.10:2379"],
    ],
    ["data that others may read", { data: "755 root" }, ["data in /var/lib/etcd: 0755 root"]],
    ["one that answers everybody", { nobody: "200" }, ["client without a certificate: 200"]],
    // Nobody listening is no refusal.
    [
      "one that is not there to refuse",
      { nobody: [7, "curl: (7) refused\n000"] },
      ["client without a certificate: curl: (7) refused; 000"],
    ],
    ["one that does without TLS", { plain: "200" }, ["client without TLS: 200"]],
  ];
  for (const [what, changes, expected] of table)
    it(`find ${what}`, () => expect(problems(judge(changes))).to.deep.equal(expected));

  it("find two leaders, and none", () => {
    expect(problems(leaders({ status: '{"leader":"7"}' }))).to.deep.equal([
      "leader: server; server-1 on server-1",
      "leader: server-1; server on server",
    ]);
    expect(problems(leaders({ status: '{"leader":"0"}' }))[0]).to.equal("leader: none; server-1 on server-1");
  });
});

describe("rows of a control plane", () => {
  const well: Sections = {
    readyz: "[+]ping ok\n[+]etcd ok\nreadyz check passed\n200",
    nobody: "\n401",
    other: "\n401",
    version: '{"gitVersion":"v1.36.3"}\n200',
    manager: "ok\n200",
    scheduler: "ok\n200",
  };
  const judge = (changes: Sections) => problems(judgeControlPlane(server, cluster, facts({ ...well, ...changes })));

  it("are ok where all three programs are well", () => expect(judge({})).to.deep.equal([]));

  const table: [what: string, changes: Sections, expected: string][] = [
    [
      "a check of /readyz that fails",
      { readyz: "[+]etcd ok\n[-]informer-sync failed\n500" },
      "kube-apiserver /readyz: [-]informer-sync failed",
    ],
    [
      "an API server that is not there",
      { readyz: [7, "curl: (7) refused\n000"] },
      "kube-apiserver /readyz: curl: (7) refused",
    ],
    [
      "a controller manager that is not there",
      { manager: [7, "curl: (7) refused\n000"] },
      "kube-controller-manager /healthz: curl: (7) refused",
    ],
    ["a scheduler that is not healthy", { scheduler: "no\n500" }, "kube-scheduler /healthz: no"],
    ["another version", { version: '{"gitVersion":"v1.37.2"}\n200' }, "version: v1.37.2"],
    ["an administrator who is nobody", { version: "Unauthorized\n401" }, "version: Unauthorized"],
    ["an open door", { nobody: "\n200" }, "without a certificate: 200"],
    ["trust in any authority", { other: "\n403" }, "certificate of another authority: 403"],
  ];
  for (const [what, changes, expected] of table)
    it(`find ${what}`, () => expect(judge(changes)).to.deep.equal([expected]));
});

describe("rows of the control plane as a whole", () => {
  const slice = (addresses: readonly string[], ready = true) =>
    JSON.stringify({
      kind: "EndpointSlice",
      endpoints: addresses.map((each) => ({ addresses: [each], conditions: { ready } })),
      ports: [{ port: 6443 }],
    });
  const [service, endpoints] = [
    "/api/v1/namespaces/default/services/kubernetes",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
  ];
  const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
  const well: Sections = {
    [service]: '{"spec":{"clusterIP":"10.32.0.1"}}',
    [endpoints]: slice(["10.240.0.11", "10.240.0.10"]),
    [`${leases}/kube-controller-manager`]: '{"spec":{"holderIdentity":"server_abc"}}',
    [`${leases}/kube-scheduler`]: '{"spec":{"holderIdentity":"server-1_def"}}',
  };
  const judge = (changes: Sections, hostNames = new Map<string, string>()) =>
    problems(judgeWhole(server, [server, further], cluster, hostNames, facts({ ...well, ...changes })));

  it("are ok where it is as planned", () => expect(judge({})).to.deep.equal([]));

  it("find another address of the Service, and other endpoints", () => {
    expect(judge({ [service]: '{"spec":{"clusterIP":"10.0.0.1"}}' })).to.deep.equal(["Service kubernetes: 10.0.0.1"]);
    expect(judge({ [endpoints]: slice(["10.0.2.15"]) })).to.deep.equal([
      "endpoints of the Service kubernetes: 10.0.2.15:6443",
    ]);
    expect(judge({ [endpoints]: slice(["10.240.0.11", "10.240.0.10"], false) })[0]).to.contain("(not ready)");
    expect(judge({ [endpoints]: '{"kind":"Status","message":"forbidden"}' })).to.deep.equal([
      "endpoints of the Service kubernetes: forbidden",
    ]);
  });

  it("find a program that somebody else leads", () => {
    expect(judge({ [`${leases}/kube-scheduler`]: '{"spec":{"holderIdentity":"server-2_x"}}' })).to.deep.equal([
      "kube-scheduler that leads: server-2_x",
    ]);
    expect(judge({ [`${leases}/kube-scheduler`]: '{"spec":{}}' })).to.have.length(1);
  });

  it("know who leads by what the host calls itself", () => {
    const lease = { [`${leases}/kube-scheduler`]: '{"spec":{"holderIdentity":"ip-10-240-0-11.ec2.internal_x"}}' };
    expect(judge(lease)).to.have.length(1);
    expect(judge(lease, new Map([["server-1", "ip-10-240-0-11.ec2.internal"]]))).to.deep.equal([]);
  });
});
