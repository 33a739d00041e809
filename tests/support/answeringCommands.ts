/**
 * The bundled command plugin in which every remote command succeeds at once and prints facts without a change, so that a lab of
 * the real engine needs no hosts.
 */
import { remoteCommand } from "../../providers/command/remoteCommand";

const answer = () => Promise.resolve({ stdout: '{"changed":false}', stderr: "" });
Object.assign(remoteCommand, { create: answer, update: answer, delete: () => Promise.resolve({}) });
void import("../../providers/command/main.js");
