import { expect } from "chai";
import type { InstanceLaunch } from "../../../cloud/api/core/driver";
import { machineCredentials } from "../../../cloud/daemon/guest";

const launch: InstanceLaunch = {
  instanceId: "i-00000000000000001",
  imageId: "ami-1",
  cores: 1,
  memoryMiB: 1024,
  diskGiB: 8,
  dataDisks: [],
  mac: "02:00:00:00:00:01",
  privateAddress: "10.240.0.80",
  prefixLength: 24,
  router: "10.240.0.1",
  vpcCidrs: ["10.240.0.0/16", "10.241.0.0/16"],
  hostname: "ip-10-240-0-80",
  authorizedKey: "ssh-ed25519 USER",
};
const hostKeys = [{ type: "ed25519" as const, privateKey: "PRIVATE\n", publicKey: "ssh-ed25519 HOST" }];
const plain = { hostKeys: [], authorizedKeys: [], ignored: [] };

describe("a machine's credentials", () => {
  /** Path to mode and content, of the lines that write a file. */
  function files(text: string): Record<string, [string, string]> {
    return Object.fromEntries(
      text.split("\n").flatMap((line) => {
        const [type = "", path = "", mode = "", , , , content = ""] = line.split(" ");
        return type.endsWith("~") ? [[path, [`${type} ${mode}`, Buffer.from(content, "base64").toString()]]] : [];
      }),
    );
  }

  it("name it, give it its host key and let its user in", () => {
    const credentials = machineCredentials({ launch, firstBoot: plain, hostKeys });
    expect(Object.keys(credentials)).to.deep.equal(["system.hostname", "tmpfiles.extra", "network.network.20-vpc"]);
    expect(credentials["system.hostname"]).to.equal("ip-10-240-0-80");
    expect(files(credentials["tmpfiles.extra"]!)).to.deep.equal({
      "/etc/ssh/ssh_host_ed25519_key": ["f+~ 0600", "PRIVATE\n"],
      "/etc/ssh/ssh_host_ed25519_key.pub": ["f+~ 0644", "ssh-ed25519 HOST\n"],
      "/etc/ssh/authorized_keys.d/admin": ["f+~ 0644", "ssh-ed25519 USER\n"],
      "/etc/hostname": ["f~ 0644", "ip-10-240-0-80\n"],
      "/etc/hosts": [
        "f~ 0644",
        "127.0.0.1 localhost\n127.0.1.1 ip-10-240-0-80\n::1 localhost ip6-localhost ip6-loopback\n",
      ],
    });
  });

  // QEMU gives a credential's name in an fw_cfg file name of at most 55 characters, 27 of which are the prefix.
  it("have names that fit", () => {
    for (const name of Object.keys(machineCredentials({ launch, firstBoot: plain, hostKeys })))
      expect(name.length, name).to.be.at.most(28);
  });

  it("follow the user data", () => {
    const firstBoot = { ...plain, hostname: "node-0", authorizedKeys: ["ssh-ed25519 MORE"], script: "echo hi" };
    const credentials = machineCredentials({ launch, firstBoot, hostKeys });
    expect(credentials["system.hostname"]).to.equal("node-0");
    const written = files(credentials["tmpfiles.extra"]!);
    expect(written["/etc/ssh/authorized_keys.d/admin"]?.[1]).to.equal("ssh-ed25519 USER\nssh-ed25519 MORE\n");
    expect(written["/run/hardway/user-data"]).to.deep.equal([
      "f+~ 0700",
      "#!/bin/sh\nexec </dev/null\necho hi\nmkdir -p /var/lib/cloud/instance\ntouch /var/lib/cloud/instance/boot-finished\n",
    ]);
  });

  it("lead to the VPC by the subnet's router, and nowhere else", () => {
    const unit = machineCredentials({ launch, firstBoot: plain, hostKeys })["network.network.20-vpc"]!;
    expect(unit.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).to.deep.equal([
      "[Match]",
      "MACAddress=02:00:00:00:00:01",
      "[Link]",
      "MTUBytes=1500",
      "[Network]",
      "Address=10.240.0.80/24",
      "LinkLocalAddressing=no",
      "IPv6AcceptRA=no",
      "ConfigureWithoutCarrier=yes",
      "[Route]",
      "Destination=10.240.0.0/16",
      "Gateway=10.240.0.1",
      "[Route]",
      "Destination=10.241.0.0/16",
      "Gateway=10.240.0.1",
    ]);
  });
});
