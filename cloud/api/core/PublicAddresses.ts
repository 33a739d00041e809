import type { InstanceDriver } from "./driver";
import type { State } from "./state";

/** Gives out public addresses: one claim at a time, so that no two get the same. */
export class PublicAddresses {
  private queue: Promise<unknown> = Promise.resolve();
  /** Claimed, and not yet in the state. */
  private readonly claimed = new Set<string>();

  constructor(
    private readonly driver: InstanceDriver,
    private readonly state: () => State,
  ) {}

  /** `store` writes the address down; until it has, nobody else gets it. */
  claim<T>(wish: { instanceId?: string; privateAddress: string }, store: (address: string) => Promise<T>): Promise<T> {
    const claim = this.queue.then(async () => {
      const address = await this.driver.claimPublicAddress(
        wish,
        new Set([...publicAddresses(this.state()), ...this.claimed]),
      );
      this.claimed.add(address);
      return address;
    });
    this.queue = claim.catch(() => undefined);
    return claim.then(async (address) => {
      try {
        return await store(address);
      } finally {
        this.claimed.delete(address);
      }
    });
  }
}

function publicAddresses(state: State): string[] {
  return [
    ...Object.values(state.addresses).map((address) => address.publicAddress),
    ...Object.values(state.networkInterfaces).flatMap(({ publicAddress }) =>
      publicAddress === undefined ? [] : [publicAddress],
    ),
  ];
}
