import { PortConnection } from "./portConnection";
import { Switch, type PortCounters, type PortSpec } from "./switch";

/** A port and the Unix socket on which its machine's QEMU listens. */
export interface FabricPort extends PortSpec {
  readonly socket: string;
}

export interface FabricConfig {
  readonly ports: readonly FabricPort[];
}

export interface FabricPortStatus extends PortSpec, PortCounters {
  readonly connected: boolean;
}

export interface FabricStatus {
  readonly pid: number;
  readonly ports: readonly FabricPortStatus[];
}

/** The lab network: a switch with a connection to every machine. */
export class Fabric {
  private config: FabricConfig = { ports: [] };
  private readonly connections = new Map<string, PortConnection>();
  private readonly switch = new Switch([], (port, frame) => {
    const connection = this.connections.get(port);
    return connection ? connection.send(frame) : "disconnected";
  });

  /** Adds, keeps and removes ports as the configuration says. A port that stays keeps its connection. */
  configure(config: FabricConfig): void {
    this.config = config;
    this.switch.configure(config.ports);
    for (const [name, connection] of this.connections) {
      if (config.ports.some((port) => port.name === name && port.socket === connection.path)) continue;
      connection.close();
      this.connections.delete(name);
    }
    for (const { name, socket } of config.ports) {
      if (this.connections.has(name)) continue;
      this.connections.set(name, new PortConnection(socket, (frame) => this.switch.receive(name, frame)));
    }
  }

  status(): FabricStatus {
    return {
      pid: process.pid,
      ports: this.config.ports.flatMap(({ name, mac, address }) => {
        const counters = this.switch.counters(name);
        return counters
          ? [{ name, mac, address, connected: this.connections.get(name)?.connected ?? false, ...counters }]
          : [];
      }),
    };
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close();
    this.connections.clear();
  }
}
