import type { FakeHost } from "./fakeHost";

/**
 * Fake systemctl and journalctl for containerd alone, with no other runtime on the host. Its unit is enabled while /enabled
 * exists, and runs while /active does. /masked says how it is masked.
 * @param start shell text that starts it, or fails
 */
export function fakeContainerdService(host: FakeHost, start: string): void {
  host.program(
    "systemctl",
    {
      "is-enabled containerd":
        '[ ! -e "$R/masked" ] || { cat "$R/masked"; exit 1; }; [ -e "$R/enabled" ] && echo enabled || { echo not-found; exit 1; }',
      "is-enabled -q containerd": '[ ! -e "$R/masked" ] && [ -e "$R/enabled" ]',
      "is-active containerd": '[ -e "$R/active" ] && echo active || { echo inactive; exit 3; }',
      "is-active -q containerd": '[ -e "$R/active" ]',
      "show -p KillMode --value containerd": "echo process",
      "show -p ActiveEnterTimestamp --value containerd": 'cat "$R/since" 2>/dev/null || date',
      "show -p ExecStart --value containerd.service": 'cat "$R/exec-start" 2>/dev/null || :',
      "show -p FragmentPath -p DropInPaths --value containerd.service": 'cat "$R/unit-files" 2>/dev/null || :',
      // No other runtime is there.
      "show -p Id -p ActiveState -p UnitFileState *": ":",
      "is-active -q cri-docker.socket": "exit 3",
    },
    {
      "enable containerd": 'touch "$R/enabled"',
      "disable containerd": 'rm "$R/enabled"',
      "unmask containerd": 'grep -qx masked "$R/masked" && rm "$R/masked"',
      "unmask --runtime containerd": 'grep -qx masked-runtime "$R/masked" && rm "$R/masked"',
      "mask containerd": 'echo masked >"$R/masked"',
      "start containerd": `[ ! -e "$R/masked" ] || exit 1; ${start}`,
      "restart containerd": `rm -f "$R/active" "$R/hangs" "$R/since"; ${start}`,
      "stop containerd": 'rm "$R/active"',
      "reset-failed containerd": "exit 0",
      "daemon-reload": "exit 0",
    },
  );
  host.program("journalctl", { "-u containerd -n 20 -o cat --no-pager": "echo 'level=fatal msg=bad'" });
}
