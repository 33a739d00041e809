import { artifactsRow } from "./artifacts.row";
import { cloudRow } from "./cloud.row";
import { consoleRow } from "./console.row";
import { doctorRow } from "./doctor.row";
import { downRow } from "./down.row";
import { envRow } from "./env.row";
import { startRow, stopRow } from "./power.row";
import { previewRow } from "./preview.row";
import { repairRow } from "./repair.row";
import type { CommandRow } from "./row";
import { scriptRow } from "./script.row";
import { setupRow } from "./setup.row";
import { sshRow } from "./ssh.row";
import { statusRow } from "./status.row";
import { upRow } from "./up.row";
import { verifyRow } from "./verify.row";

/** The commands, in the order in which the help lists them. */
export const commandTable: readonly CommandRow[] = [
  upRow,
  previewRow,
  verifyRow,
  repairRow,
  statusRow,
  sshRow,
  scriptRow,
  consoleRow,
  stopRow,
  startRow,
  downRow,
  cloudRow,
  artifactsRow,
  doctorRow,
  setupRow,
  envRow,
];
