import { Argument, Option } from "commander";
import type { CommandRow } from "./row";

export const cloudRow: CommandRow = {
  name: "cloud",
  summary: "Look after the embedded EC2, which all labs on this computer share",
  examples: ["./hardway cloud status", "./hardway cloud trace node-0 10.200.1.5"],
  commands: [
    {
      name: "start",
      summary: "Make it listen, without a lab",
      examples: ["./hardway cloud start"],
      load: async () => (await import("./cloud.js")).startCloud,
    },
    {
      name: "stop",
      summary: "Shut all instances down, then stop it; disks and state stay",
      examples: ["./hardway cloud stop"],
      load: async () => (await import("./cloud.js")).stopCloud,
    },
    {
      name: "status",
      summary: "Show where it listens, its instances, and what its network passed and dropped",
      examples: ["./hardway cloud status", "./hardway cloud status --json | jq .fabric"],
      load: async () => (await import("./cloud.js")).cloudStatus,
    },
    {
      name: "logs",
      summary: "Print its log",
      examples: ["./hardway cloud logs", "./hardway cloud logs --lines 20"],
      options: [new Option("--lines <n>", "only the last lines").default("200")],
      load: async () => (await import("./cloud.js")).cloudLogs,
    },
    {
      name: "trace",
      summary: "Say hop by hop what the network would do with a packet, and which route or rule decides",
      examples: [
        "./hardway cloud trace node-0 node-1",
        "./hardway cloud trace 10.200.0.5 10.200.1.5",
        "./hardway cloud trace server 10.240.0.80 --protocol tcp --port 22",
      ],
      arguments: [
        new Argument("<source>", "node, its address, or the address of a pod on it"),
        new Argument("<destination>", "node, or an address"),
      ],
      options: [
        new Option("--protocol <name>", "icmp: a ping").choices(["icmp", "tcp", "udp"]).default("icmp"),
        new Option("--port <n>", "destination port, for tcp and udp"),
      ],
      load: async () => (await import("./cloudTrace.js")).trace,
    },
    {
      name: "set",
      summary: "Change a quota, make launches fail, or open ports of this computer to machines",
      examples: [
        "./hardway cloud set routesPerTable=3",
        "./hardway cloud set insufficientCapacity=t2.micro",
        "./hardway cloud set insufficientCapacity=",
        "./hardway cloud set guestPorts=8080",
      ],
      arguments: [
        new Argument("<setting...>", "routesPerTable=N, insufficientCapacity=TYPE_OR_ZONE,..., guestPorts=PORT,..."),
      ],
      load: async () => (await import("./cloud.js")).setCloud,
    },
  ],
};
