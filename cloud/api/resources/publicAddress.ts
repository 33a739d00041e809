import type { Address, NetworkInterface, State } from "../core/state";

/** The allocated address that is associated with a network interface. */
export function allocatedAddressOf(state: State, networkInterfaceId: string): Address | undefined {
  return Object.values(state.addresses).find(
    (address) => address.association?.networkInterfaceId === networkInterfaceId,
  );
}

export function publicAddressOf(state: State, networkInterface: NetworkInterface): string | undefined {
  return allocatedAddressOf(state, networkInterface.id)?.publicAddress ?? networkInterface.publicAddress;
}
