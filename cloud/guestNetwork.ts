/** Address of this computer's loopback as seen from a machine on QEMU's user network. */
export const hostFromGuest = "10.0.2.2";
