import { expect } from "chai";
import { readEnd, readPort } from "../../../cli/follow/ends";
import { UserError } from "../../../cli/errors";
import { recorded } from "./replay";

describe("ends of a packet's way", () => {
  const { plan } = recorded("service");
  const withoutCluster = { ...plan };
  delete withoutCluster.cluster;

  function refusal(text: string, side: "SOURCE" | "DESTINATION", lab = plan): string {
    try {
      readEnd(text, side, lab);
    } catch (error) {
      expect(error).to.be.instanceOf(UserError);
      expect((error as UserError).exitCode).to.equal(64);
      return (error as UserError).message;
    }
    throw new Error(`${text} was accepted`);
  }

  it("are workers, hosts, pods, Services, addresses and the outside", () => {
    for (const [text, end] of [
      ["node-0", { kind: "own pod", host: "node-0" }],
      ["server", { kind: "host", host: "server" }],
      ["web", { kind: "pod", namespace: "default", name: "web" }],
      ["pod/web", { kind: "pod", namespace: "default", name: "web" }],
      ["kube-system/coredns-1", { kind: "pod", namespace: "kube-system", name: "coredns-1" }],
      ["svc/web", { kind: "service", namespace: "default", name: "web" }],
      ["svc/kube-system/kube-dns:53", { kind: "service", namespace: "kube-system", name: "kube-dns", port: 53 }],
      ["10.200.1.7", { kind: "address", address: "10.200.1.7" }],
      ["outside", { kind: "outside" }],
    ] as const)
      expect(readEnd(text, "DESTINATION", plan)).to.deep.equal(end);
    expect(readEnd("10.240.0.81", "SOURCE", plan)).to.deep.equal({ kind: "address", address: "10.240.0.81" });
  });

  it("are refused with what would be accepted", () => {
    expect(refusal("Node_0", "SOURCE")).to.equal(
      "Node_0 is no SOURCE in this lab. Take a worker, on which a pod is made for it (node-0, node-1), another host (server), " +
        "the address of a host or of a pod or a pod as NAMESPACE/NAME.",
    );
    expect(refusal("node-9", "DESTINATION", withoutCluster)).to.equal(
      "node-9 is no DESTINATION in this lab. Take a worker, on which a pod is made for it (node-0, node-1), another host (server), " +
        "an address or outside.",
    );
    for (const text of ["svc/web", "outside"]) expect(refusal(text, "SOURCE")).to.contain(`${text} is no SOURCE`);
    for (const text of ["svc/web:0", "svc/web:65536", "svc/", "a/b/c", "svc/a/b/c"])
      expect(refusal(text, "DESTINATION")).to.contain(`${text} is no DESTINATION`);
    expect(refusal("192.0.2.1", "SOURCE")).to.contain(
      "192.0.2.1 is neither a host's address nor in a worker's pod CIDR",
    );
  });

  it("name the setting that a Service and a pod by its name need", () => {
    for (const text of ["svc/web", "default/web"])
      expect(refusal(text, "DESTINATION", withoutCluster)).to.contain("set hardway:cluster to true");
  });

  it("have ports from 1 to 65535", () => {
    expect([readPort("1"), readPort("65535")]).to.deep.equal([1, 65535]);
    for (const text of ["0", "65536", "http", "1.5", ""])
      expect(() => readPort(text), text).to.throw("--port takes a number");
  });
});
