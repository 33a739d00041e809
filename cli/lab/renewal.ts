import { clusterDefaults } from "../../components/cluster/clusterDefaults";
import type { CertificateExpiry } from "../engine/deployment";
import { raiseCertificateGeneration } from "../engine/workspaceFiles";
import type { PhaseReport } from "../progress/progress";
import { dayMs, days, renewedBelow } from "../verify/certificates";
import type { Context } from "./context";

/**
 * Has the next run of the engine issue all certificates again where some end soon, which is known from the last run: no
 * host is asked.
 */
export function renewInTime({ paths, settings }: Context, expiry: CertificateExpiry, report: PhaseReport): void {
  const issuedFor = Number(settings.values["certificateDays"]);
  const limit = renewedBelow(Number.isNaN(issuedFor) ? clusterDefaults.certificateDays : issuedFor);
  const near = endingSoon(expiry, limit, new Date());
  if (near.length === 0) return;
  raiseCertificateGeneration(paths);
  report.text(`issuing certificates again: fewer than ${days(limit)} are left on ${near.join(", ")}`);
}

/** Hosts with a certificate that has fewer days left. */
export function endingSoon(expiry: CertificateExpiry, limit: number, now: Date): string[] {
  return Object.entries(expiry).flatMap(([host, end]) =>
    Date.parse(end) - now.getTime() < limit * dayMs ? [host] : [],
  );
}
