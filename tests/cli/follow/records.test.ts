import { expect } from "chai";
import { podAddressIn, serviceIn } from "../../../cli/follow/clusterEnds";
import { connectedPod, gatewayIn, watchedDevices } from "../../../cli/follow/record";
import { nextHopIn, routeIn } from "../../../cli/follow/routing";

describe("what a follow reads besides traces", () => {
  const json = (value: unknown) => JSON.stringify(value);
  const result = {
    interfaces: [{ name: "cni0" }, { name: "veth12" }, { name: "eth0", sandbox: "/run/netns/x" }],
    ips: [{ address: "10.200.0.5/24" }],
  };

  it("is a pod in a plugin's answer and in libcni's record of it", () => {
    const pod = { address: "10.200.0.5", path: "/run/netns/x", veth: "veth12" };
    expect(connectedPod(json(result), "cni0")).to.deep.equal(pod);
    expect(connectedPod(json({ kind: "cniCacheV1", result }), "cni0")).to.deep.equal(pod);
    for (const text of ["", "no", json({ code: 11, msg: "full" })])
      expect(connectedPod(text, "cni0")).to.equal(undefined);
  });

  it("are devices without other pods' cables, and with a card that is a cable", () => {
    const links = ["lo", "eth0", "eth1", "cni0", "veth1", "veth2"].map((ifname) => ({ ifname }));
    const veths = [{ ifname: "eth0" }, { ifname: "veth1", master: "cni0" }, { ifname: "veth2", master: "cni0" }];
    expect(watchedDevices(json(links), json(veths), ["veth2"])).to.deep.equal(["eth0", "eth1", "cni0", "veth2"]);
  });

  it("are routes and the gateway", () => {
    const words = "10.200.1.3 from 10.200.0.15 iif cni0";
    expect(routeIn("10.200.1.3 from 10.200.0.15 via 10.240.0.81 dev eth1 \n    cache iif cni0", words)).to.equal(
      "via 10.240.0.81 dev eth1",
    );
    expect(routeIn("10.200.1.3 from 10.240.0.80 dev cni0 \n cache iif eth1", "10.200.1.3 from 10.240.0.80")).to.equal(
      "dev cni0, on that link",
    );
    expect(routeIn("local 10.200.1.3 from 10.240.0.80 dev lo table local", "10.200.1.3 from 10.240.0.80")).to.contain(
      "local",
    );
    expect(routeIn("", words)).to.equal("no answer");
    expect(nextHopIn("dev cni0, on that link")).to.deep.equal({ dev: "cni0" });
    expect(nextHopIn("via 10.240.0.81 dev eth1")).to.deep.equal({ via: "10.240.0.81", dev: "eth1" });
    expect(gatewayIn(json([{ dst: "default", gateway: "10.0.2.2" }]))).to.equal("10.0.2.2");
    expect(gatewayIn("[]")).to.equal(undefined);
  });

  const service = (spec: object) => json({ kind: "Service", spec });
  const slices = (...items: object[]) => json({ kind: "EndpointSliceList", items });

  it("is a Service with where its port of TCP leads", () => {
    const ports = [
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "web", port: 80, targetPort: 8080 },
    ];
    const slice = {
      addressType: "IPv4",
      ports: [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "web", port: 8080, protocol: "TCP" },
      ],
      endpoints: [
        { addresses: ["10.200.0.5"], conditions: { ready: true } },
        { addresses: ["10.200.1.5"], conditions: { ready: false } },
      ],
    };
    const six = { ...slice, addressType: "IPv6" };
    expect(serviceIn(service({ clusterIP: "10.32.0.9", ports }), slices(slice, six), undefined)).to.deep.equal({
      ...{ address: "10.32.0.9", port: 80 },
      endpoints: [{ address: "10.200.0.5", port: 8080 }],
    });
    expect(() => serviceIn(service({ clusterIP: "10.32.0.9", ports }), slices(slice), 53)).to.throw(
      "it has no such port of TCP; it has 80",
    );
    expect(() => serviceIn(service({ clusterIP: "None", ports }), slices(slice), 80)).to.throw("clusterIP: None");
    expect(() => serviceIn(json({ kind: "Status", message: "not found" }), slices(), 80)).to.throw("not found");
  });

  it("is the address of a pod that has one of its own", () => {
    const pod = (status: object, spec: object = {}) => json({ kind: "Pod", metadata: {}, spec, status });
    expect(podAddressIn(pod({ phase: "Running", podIP: "10.200.0.5" }))).to.equal("10.200.0.5");
    expect(() => podAddressIn(pod({ phase: "Pending" }))).to.throw("it does not run (Pending)");
    expect(() => podAddressIn(pod({ phase: "Running", podIP: "10.240.0.80" }, { hostNetwork: true }))).to.throw(
      "hostNetwork",
    );
  });
});
