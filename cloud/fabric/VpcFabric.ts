import type { NetworkConfig } from "./network";
import { PortConnection } from "./portConnection";
import type { TraceRequest, TraceResult } from "./trace";
import { VpcRouter, type InterfaceStatus } from "./VpcRouter";

export interface FabricStatus {
  readonly interfaces: readonly InterfaceStatus[];
}

/** The VPC router with a connection to every machine: one Unix socket per network interface, on which QEMU listens. */
export class VpcFabric {
  private readonly connections = new Map<string, PortConnection>();
  private readonly router = new VpcRouter({
    transmit: (id, bytes, start, end) => {
      const connection = this.connections.get(id);
      return connection ? connection.send(bytes, start, end) : "disconnected";
    },
    isConnected: (id) => this.connections.get(id)?.connected ?? false,
  });

  /**
   * Makes the network as `network` says. Interfaces that stay keep their connection, counters and tracked flows.
   * @throws RangeError when it makes no sense; nothing has changed then.
   */
  configure(network: NetworkConfig): void {
    this.router.configure(network);
    const sockets = new Map(
      network.vpcs.flatMap(({ interfaces }) => interfaces.flatMap(({ id, socket }) => (socket ? [[id, socket]] : []))),
    );
    for (const [id, connection] of this.connections) {
      if (sockets.get(id) === connection.path) continue;
      connection.close();
      this.connections.delete(id);
    }
    for (const [id, socket] of sockets) {
      if (this.connections.has(id)) continue;
      const receive = (bytes: Buffer, start: number, end: number): void => this.router.receive(id, bytes, start, end);
      this.connections.set(id, new PortConnection(socket, receive));
    }
  }

  status(): FabricStatus {
    return { interfaces: this.router.status() };
  }

  /**
   * What would happen to a packet, step by step, without sending it.
   * @throws RangeError when the interface does not exist or an address is none.
   */
  trace(request: TraceRequest): TraceResult {
    return this.router.trace(request);
  }

  close(): void {
    for (const connection of this.connections.values()) connection.close();
    this.connections.clear();
  }
}
