import type { FakeHost } from "./fakeHost";

/** What starting and stopping a service does to the host, as shell text; a start that ends with another status failed. */
export interface FakeUnit {
  readonly start?: string;
  readonly stop?: string;
}

/**
 * A fake systemctl. A unit is there when its file is in /etc/systemd/system or /lib/systemd/system; it is active while
 * /systemd/active has its name, and enabled while /systemd/enabled has.
 */
export function fakeUnits(host: FakeHost, units: Readonly<Record<string, FakeUnit>>): void {
  host.write("/systemd/active/.keep", "");
  host.write("/systemd/enabled/.keep", "");
  const act = (name: "start" | "stop") =>
    `${name}_unit() { case $1 in ${Object.entries(units)
      .map(([unit, does]) => `${unit}) ${does[name] ?? ":"} ;;`)
      .join(" ")} *) : ;; esac }`;
  const functions = [
    "unit() { case $1 in *.*) u=$1 ;; *) u=$1.service ;; esac; }",
    'there() { [ -e "$R/etc/systemd/system/$u" ] || [ -e "$R/lib/systemd/system/$u" ]; }',
    'active() { [ -e "$R/systemd/active/$u" ]; }',
    'enabled() { [ -e "$R/systemd/enabled/$u" ]; }',
    act("start"),
    act("stop"),
    'up() { there || { echo "Unit $u not found." >&2; return 5; }; active || { (start_unit "$u") && : >"$R/systemd/active/$u"; }; }',
    'down() { if active; then rm "$R/systemd/active/$u"; stop_unit "$u"; fi; }',
    "failed=0",
  ].join("\n");
  const each = (text: string) => `${functions}\nfor one; do unit "$one"; ${text} || failed=1; done; exit $failed`;
  host.program(
    "systemctl",
    {
      "show -p Id -p ActiveState -p UnitFileState *": `shift 7; ${each(
        'if there; then enabled && e=enabled || e=disabled; else e=; fi; active && a=active || a=inactive; printf "Id=%s\\nActiveState=%s\\nUnitFileState=%s\\n\\n" "$u" "$a" "$e"',
      )}`,
      "show -p LoadState --value *": `shift 4; ${each("if there; then echo loaded; else echo not-found; fi")}`,
      "show -p KillMode --value *": "echo process",
      "show -p ActiveEnterTimestamp --value *": 'cat "$R/since" 2>/dev/null || date',
      "show -p ExecStart --value *": 'cat "$R/exec-start/$5" 2>/dev/null || :',
      "show -p MainPID --value *": `shift 4; ${each("if active; then echo 4711; else echo 0; fi")}`,
      "show -p FragmentPath --value *": `shift 4; ${each('for f in "/etc/systemd/system/$u" "/lib/systemd/system/$u"; do [ ! -e "$R$f" ] || { echo "$f"; break; }; done')}`,
      "show -p FragmentPath -p DropInPaths --value *": ":",
      "is-active -q *": `shift 2; ${each("active")}`,
      "is-active *": `shift; ${each("if active; then echo active; else echo inactive; false; fi")}`,
      "is-enabled -q *": `shift 2; ${each("enabled")}`,
      "is-enabled *": `shift; ${each("if enabled; then echo enabled; elif there; then echo disabled; false; else echo not-found; false; fi")}`,
    },
    {
      "enable *": `shift; ${each('there && : >"$R/systemd/enabled/$u"')}`,
      "disable *": `shift; ${each('rm -f "$R/systemd/enabled/$u"')}`,
      "start *": `shift; ${each("up")}`,
      "stop *": `shift; ${each("down")}`,
      // Whoever does not wait for it is not told that it failed either.
      "restart --no-block *": `shift 2; ${functions}\nfor one; do unit "$one"; down; done; for one; do unit "$one"; up || :; done; exit 0`,
      "restart *": `shift; ${functions}\nfor one; do unit "$one"; down; done; for one; do unit "$one"; up || failed=1; done; exit $failed`,
      "reset-failed *": "exit 0",
      "daemon-reload": "exit 0",
    },
  );
}
