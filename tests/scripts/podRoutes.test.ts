import { expect } from "chai";
import { FakeHost } from "./fakeHost";

const routes = "10.200.0.0/24 via 10.240.0.80\n10.200.1.0/24 via 10.240.0.81";
const variables = { ROUTES: routes, ADDRESS: "10.240.0.10" };
const dropIn = "/etc/systemd/network/20-lab.network.d/50-hardway-pod-routes.conf";
const unit = "/etc/systemd/system/hardway-pod-routes.service";

/** A host with 10.240.0.0/24 on eth1 and the way out on eth0; its routing table is the file /table. */
function routedHost(networkd: boolean): FakeHost {
  const host = new FakeHost();
  host.write(
    "/table",
    "default via 192.0.2.2 dev eth0 proto dhcp metric 100\n10.240.0.0/24 dev eth1 proto kernel scope link src 10.240.0.10\n",
  );
  const neighbour = 'echo "$5 dev eth1 src 10.240.0.10 uid 0 \\\\    cache"';
  const toPods =
    'set -- $(grep "^${5%.*}.0/24 " "$R/table") && [ "${2-}" = via ] && echo "$1 via $3 dev eth1 src 10.240.0.10" || { echo "RTNETLINK answers: Network is unreachable"; exit 2; }';
  const remove = 'grep -v "^$4 via $6 " "$R/table" >"$R/t"; mv "$R/t" "$R/table"';
  host.program(
    "ip",
    {
      "-4 route show": 'cat "$R/table"',
      "-4 route show proto 77": 'grep "proto 77" "$R/table" | sed "s/ proto 77//" || :',
      "-4 route show * via * proto 77": "exit 0",
      "-o -4 route get 10.240.0.*": neighbour,
      "-o -4 route get 10.200.*": toPods,
      "-o -4 route get 10.240.0.10": "echo 'local 10.240.0.10 dev lo src 10.240.0.10 uid 0'",
      "-o -4 route get 192.0.2.77": "echo '192.0.2.77 via 192.0.2.2 dev eth0 src 192.0.2.15'",
      "-o -4 address show to 10.240.0.10": "echo '3: eth1    inet 10.240.0.10/24 brd 10.240.0.255 scope global eth1'",
    },
    {
      "-4 route replace * via * proto 77":
        'grep -v "^$4 " "$R/table" >"$R/t"; mv "$R/t" "$R/table"; echo "$4 via $6 dev eth1 proto 77" >>"$R/table"',
      "-4 route del * via * proto 77": remove,
      "-4 route del * via * dev eth1 proto 77": remove,
    },
  );
  host.program(
    "systemctl",
    {
      "is-active -q systemd-networkd": networkd ? "exit 0" : "exit 3",
      "is-active -q hardway-pod-routes.service": '[ -e "$R/active" ]',
    },
    {
      "daemon-reload": "exit 0",
      "restart hardway-pod-routes.service": 'touch "$R/active"',
      "stop hardway-pod-routes.service": 'rm "$R/active"',
    },
  );
  if (networkd) {
    host.program(
      "networkctl",
      {
        "status eth1 --no-pager -n 0":
          "echo '  Link File: n/a'; echo '  Network File: /run/systemd/network/20-lab.network'",
      },
      { reload: "exit 0" },
    );
    host.program("systemd-networkd-wait-online", { "--interface=eth1 --timeout=20": "exit 0" });
  }
  return host;
}

const facts = {
  routes: [
    { destination: "10.200.0.0/24", nextHop: "10.240.0.80", interface: "eth1" },
    { destination: "10.200.1.0/24", nextHop: "10.240.0.81", interface: "eth1" },
  ],
};
const replaced = [
  ["ip", "-4", "route", "replace", "10.200.0.0/24", "via", "10.240.0.80", "proto", "77"],
  ["ip", "-4", "route", "replace", "10.200.1.0/24", "via", "10.240.0.81", "proto", "77"],
];

describe("50-pod-routes.sh", () => {
  let host: FakeHost;
  afterEach(() => host.remove());

  it("sets routes by a drop-in of networkd, then changes nothing, and takes them out again", () => {
    host = routedHost(true);
    const before = host.contents();
    const first = host.run("50-pod-routes", variables);
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([["networkctl", "reload"], ...replaced]);
    expect(first.facts()).to.deep.equal({ changed: true, ...facts, persistence: "networkd" });
    expect(host.read(dropIn)).to.equal(
      "[Route]\nDestination=10.200.0.0/24\nGateway=10.240.0.80\nProtocol=77\n\n[Route]\nDestination=10.200.1.0/24\nGateway=10.240.0.81\nProtocol=77\n",
    );
    const after = host.tree();
    const second = host.run("50-pod-routes", variables);
    expect(second.changes).to.deep.equal([]);
    expect(second.facts()).to.deep.equal({ changed: false, ...facts, persistence: "networkd" });
    expect(host.tree()).to.deep.equal(after);

    const undo = host.run("50-pod-routes.undo");
    expect(undo.stderr).to.equal("");
    expect(undo.changes).to.deep.equal([
      ["networkctl", "reload"],
      ["ip", "-4", "route", "del", "10.200.0.0/24", "via", "10.240.0.80", "dev", "eth1", "proto", "77"],
      ["ip", "-4", "route", "del", "10.200.1.0/24", "via", "10.240.0.81", "dev", "eth1", "proto", "77"],
    ]);
    expect(host.contents()).to.deep.equal(before);
    expect(host.run("50-pod-routes.undo").stdout).to.equal('{"changed":false}\n');
  });

  it("sets routes by a unit where networkd does not manage the interface", () => {
    host = routedHost(false);
    const before = host.contents();
    const first = host.run("50-pod-routes", variables);
    expect(first.stderr).to.equal("");
    expect(first.changes).to.deep.equal([
      ["systemctl", "daemon-reload"],
      ["systemctl", "restart", "hardway-pod-routes.service"],
      ...replaced,
    ]);
    expect(first.facts()).to.deep.equal({ changed: true, ...facts, persistence: "unit" });
    expect(host.read(unit)).to.match(
      /route replace 10\.200\.0\.0\/24 via 10\.240\.0\.80 proto 77; \S+ route replace 10\.200\.1\.0\/24 via 10\.240\.0\.81 proto 77; :;/,
    );
    expect(host.tree()["/etc/systemd/system/multi-user.target.wants/hardway-pod-routes.service"]).to.equal(
      `-> ${unit}`,
    );
    const after = host.tree();
    expect(host.run("50-pod-routes", variables).changes).to.deep.equal([]);
    expect(host.tree()).to.deep.equal(after);
    host.run("50-pod-routes.undo");
    expect(host.contents()).to.deep.equal(before);
  });

  it("replaces what differs and removes what is stale, only among its own", () => {
    host = routedHost(true);
    host.run("50-pod-routes", variables);
    host.write("/table", `${host.read("/table")}10.9.0.0/24 via 10.240.0.99 dev eth1 proto static\n`);
    const run = host.run("50-pod-routes", { ...variables, ROUTES: "10.200.1.0/24 via 10.240.0.82" });
    expect(run.changes).to.deep.equal([
      ["networkctl", "reload"],
      ["ip", "-4", "route", "del", "10.200.0.0/24", "via", "10.240.0.80", "proto", "77"],
      ["ip", "-4", "route", "del", "10.200.1.0/24", "via", "10.240.0.81", "proto", "77"],
      ["ip", "-4", "route", "replace", "10.200.1.0/24", "via", "10.240.0.82", "proto", "77"],
    ]);
    expect(host.read("/table")).to.contain("10.9.0.0/24 via 10.240.0.99");
    const none = host.run("50-pod-routes", { ...variables, ROUTES: "" });
    expect(none.facts()).to.deep.equal({ changed: true, routes: [], persistence: "networkd" });
    expect(host.exists(dropIn)).to.equal(false);
    expect(host.run("50-pod-routes", { ...variables, ROUTES: "" }).facts().changed).to.equal(false);
  });

  it("names every route that cannot be set, and changes nothing", () => {
    host = routedHost(true);
    host.write("/table", `${host.read("/table")}10.200.0.0/24 via 10.240.0.90 dev eth1 proto static\n`);
    const before = host.contents();
    const run = host.run("50-pod-routes", {
      ...variables,
      ROUTES: `${routes}\n10.200.2.0/24 via 192.0.2.77\n10.200.3.0/24 dev eth1`,
    });
    expect(run.status).to.equal(1);
    expect(run.changes).to.deep.equal([]);
    expect(run.stderr.split("\n").filter((line) => line.startsWith("- "))).to.deep.equal([
      "- there is another route to 10.200.0.0/24: via 10.240.0.90 protocol static. Remove it (ip route del 10.200.0.0/24), and what sets it at boot",
      "- the next hop 192.0.2.77 of 10.200.2.0/24 is not on a network of this host; found: 192.0.2.77 via 192.0.2.2 dev eth0 src 192.0.2.15. It must be a neighbour of 10.240.0.10",
      "- this is no route: 10.200.3.0/24 dev eth1 . Wanted: 10.200.1.0/24 via 10.240.0.81",
    ]);
    expect(host.contents()).to.deep.equal(before);
  });
});
