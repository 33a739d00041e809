import { Argument } from "commander";
import type { CommandRow } from "./row";

export const sshRow: CommandRow = {
  name: "ssh",
  summary: "Log in to a host, or run a command there",
  examples: [
    "./hardway ssh node-0",
    "./hardway ssh node-0 -- sudo ctr -n k8s.io images ls",
    "./hardway ssh server -- 'ip route | grep 10.200'",
  ],
  arguments: [
    new Argument("<node>", "name of the host, e.g. node-0"),
    new Argument("[command...]", "command with its arguments, passed on as ssh does"),
  ],
  passThrough: true,
  load: async () => (await import("./ssh.js")).ssh,
};
