/** Whether a URL leads to this computer: 127.0.0.0/8 (RFC 1122, 3.2.1.3), ::1 or localhost. */
export function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === "[::1]" || host === "localhost";
}
