/** The network of QEMU's user mode, by which a machine is logged in to and reaches what is outside; every machine has the same. */
export const guestCidr = "10.0.2.0/24";
/** Address of this computer's loopback as seen from a machine on QEMU's user network. */
export const hostFromGuest = "10.0.2.2";
