import { expect } from "chai";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { MachineStatus } from "../../../cloud/machines/types";
import { renderInventory, renderPreviewInventory, writeInventory } from "../../../cli/lab/inventory";
import { machineSpecs, plannedHosts } from "../../../cli/lab/plannedMachines";
import { parseConfig } from "../../../components/config/parse";
import { temporaryFolder } from "../support";

function machine(name: string, address: string, last: number): MachineStatus {
  return {
    name,
    address,
    state: "running",
    ssh: {
      host: `127.77.3.${last}`,
      port: 2222,
      user: "admin",
      privateKeyFile: "/s/labs/dev/id_ed25519",
      hostKey: `ssh-ed25519 AAAA${last}`,
    },
  };
}

describe("planned machines", () => {
  it("have the documents' addresses", () => {
    expect(plannedHosts(3).map(({ name, role, address }) => `${name} ${role} ${address}`)).to.deep.equal([
      "server controller 10.240.0.10",
      "node-0 worker 10.240.0.80",
      "node-1 worker 10.240.0.81",
      "node-2 worker 10.240.0.82",
    ]);
  });

  it("have the configured size", () => {
    expect(machineSpecs({ workers: 1, machineMemoryMiB: 2048, machineCores: 4 })[1]).to.deep.equal({
      name: "node-0",
      address: "10.240.0.80",
      prefixLength: 24,
      memoryMiB: 2048,
      cores: 4,
      diskGiB: 8,
    });
  });
});

describe("inventory", () => {
  const folder = temporaryFolder();

  it("lists the machines as a user would list his own hosts", () => {
    const machines = [machine("server", "10.240.0.10", 10), machine("node-0", "10.240.0.80", 80)];
    expect(JSON.parse(renderInventory(machines, "/s/labs/dev/inventory.json"))).to.deep.equal({
      hosts: [
        {
          name: "server",
          role: "controller",
          address: "10.240.0.10",
          ssh: {
            host: "127.77.3.10",
            port: 2222,
            user: "admin",
            privateKeyFile: "id_ed25519",
            hostKey: "ssh-ed25519 AAAA10",
          },
        },
        {
          name: "node-0",
          role: "worker",
          address: "10.240.0.80",
          ssh: {
            host: "127.77.3.80",
            port: 2222,
            user: "admin",
            privateKeyFile: "id_ed25519",
            hostKey: "ssh-ed25519 AAAA80",
          },
        },
      ],
    });
  });

  it("for a preview is one that the program takes", () => {
    const file = join(folder(), "preview/inventory.json");
    writeInventory(file, renderPreviewInventory(2));
    const { hosts } = parseConfig({}, { directory: folder(), defaultInventory: file });
    expect(hosts.map(({ name, podCidr }) => `${name} ${podCidr ?? "-"}`)).to.deep.equal([
      "server -",
      "node-0 10.200.0.0/24",
      "node-1 10.200.1.0/24",
    ]);
  });

  it("is written for the user alone, and only when it differs", () => {
    const file = join(folder(), "inventory.json");
    writeInventory(file, "a");
    const { ino, mode } = statSync(file);
    expect(mode & 0o777).to.equal(0o600);
    writeInventory(file, "a");
    expect(statSync(file).ino).to.equal(ino);
    writeInventory(file, "b");
    expect(readFileSync(file, "utf8")).to.equal("b");
    expect(readdirSync(folder())).to.deep.equal(["inventory.json"]);
  });
});
