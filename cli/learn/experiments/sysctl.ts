import type { HostCommand } from "../experiment";

/** Sets a kernel parameter of the worker that is broken. */
export const sysctl = (key: string, value: number): HostCommand => ({ on: "node", run: `sysctl -w ${key}=${value}` });
