import { SshSession } from "../cli/ssh/session";
import type { CloudMachine } from "./cloudMachines";
import { median } from "./measure";

const port = 5201;
/** For all that the commands do besides what they measure. */
const graceSeconds = 60;

/** A machine that one is logged in to. */
export interface Peer {
  readonly address: string;
  readonly session: SshSession;
}

export async function openPeer({ address, access }: CloudMachine): Promise<Peer> {
  return { address, session: await SshSession.connect(access) };
}

/** Median round trip of small packets, in milliseconds. */
export async function roundTripMs(from: Peer, to: Peer, packets: number): Promise<number> {
  // Only root may send more than five a second with older versions of ping.
  const ping = `sudo -n ping -n -c ${packets} -i 0.05 -W 5 ${to.address}`;
  return median(parsePing(await run(from, ping, "", packets)));
}

/** Round trips in milliseconds, as iputils' ping prints them. */
export function parsePing(output: string): number[] {
  return [...output.matchAll(/\btime=([\d.]+) ms/g)].map(([, time]) => Number(time));
}

/** What arrives of a TCP stream that is sent as fast as it goes, in bytes a second by the receiver's clock. */
export async function bytesPerSecond(from: Peer, to: Peer, seconds: number): Promise<number> {
  const [received] = await Promise.all([
    run(to, "perl -", receiver, seconds),
    run(from, "perl -", sender(to.address, seconds), seconds),
  ]);
  const [bytes = NaN, elapsed = NaN] = received.trim().split(" ").map(Number);
  return bytes / elapsed;
}

async function run({ address, session }: Peer, command: string, stdin: string, seconds: number): Promise<string> {
  const limit = seconds + graceSeconds;
  const { code, stdout, stderr } = await session.exec(`timeout ${limit} ${command}`, {
    stdin,
    timeoutSeconds: limit + 10,
  });
  if (code !== 0) throw new Error(`${address}: ${command} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** Debian's perl-base has no Time::HiRes; the kernel gives hundredths of a second. */
const clock = `use strict;
use warnings;
use Socket;
sub now { open(my $file, "<", "/proc/uptime") or die $!; return (split " ", <$file>)[0] }
`;

/** Accepts one connection and prints the bytes that came over it and the seconds that this took. */
const receiver = `${clock}
socket(my $server, PF_INET, SOCK_STREAM, 0) or die $!;
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1) or die $!;
bind($server, sockaddr_in(${port}, INADDR_ANY)) or die $!;
listen($server, 1) or die $!;
accept(my $client, $server) or die $!;
my ($bytes, $start) = (0, now());
while (my $count = sysread($client, my $buffer, 1 << 18)) { $bytes += $count }
printf "%d %.2f\\n", $bytes, now() - $start;
`;

function sender(address: string, seconds: number): string {
  return `${clock}
my ($socket, $connected);
for (1 .. 100) {
  socket($socket, PF_INET, SOCK_STREAM, 0) or die $!;
  last if $connected = connect($socket, sockaddr_in(${port}, inet_aton("${address}")));
  select(undef, undef, undef, 0.2);
}
die "nobody listens at ${address}" unless $connected;
my ($block, $end) = ("x" x (1 << 16), now() + ${seconds});
do { for (1 .. 8) { defined(syswrite($socket, $block)) or die $! } } while (now() < $end);
`;
}
