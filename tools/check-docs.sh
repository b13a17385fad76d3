#!/usr/bin/env bash
# Documentation that has gone stale fails: every relative link and image of the book leads somewhere, headings that
# links name exist, and every `studio` command and long option that is shown is one of the binary's.
# Usage: check-docs.sh [STUDIO]; the binary is else target/debug/studio, else target/release/studio.
set -euo pipefail
cd "$(dirname "$0")/.."

studio=${1:-}
for candidate in target/debug/studio target/release/studio; do
  [ -n "$studio" ] || [ ! -x "$candidate" ] || studio=$candidate
done
[ -n "$studio" ] || { echo "check-docs: there is no binary: cargo build -p studio" >&2; exit 1; }

exec /usr/bin/env python3 - "$studio" <<'PYTHON'
import pathlib
import re
import subprocess
import sys

studio = sys.argv[1]
pages = [pathlib.Path(p) for p in ("README.md", "CONTRIBUTING.md")] + sorted(pathlib.Path("docs").rglob("*.md"))
faults = []


def anchors(page):
    """The names that headings of a page get: small letters, dashes, no marks; a second one of a name gets -1."""
    found, fenced = set(), False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if fenced or not line.startswith("#"):
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).lower()
        name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        n, unique = 0, name
        while unique in found:
            n += 1
            unique = f"{name}-{n}"
        found.add(unique)
    return found


def check_links(page, text):
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    prose = re.sub(r"`[^`\n]*`", "", prose)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        other = page if not path else page.parent / path
        if not other.exists():
            faults.append(f"{page}: the link {target} leads nowhere")
        elif anchor and other.suffix == ".md" and anchor not in anchors(other):
            faults.append(f"{page}: {other} has no heading #{anchor}")


helped = {}


def help_of(words):
    if words not in helped:
        done = subprocess.run([studio, *words, "--help"], capture_output=True, text=True, check=False)
        helped[words] = done.stdout if done.returncode == 0 else None
    return helped[words]


def commands_of(words):
    """Subcommands as the help lists them."""
    text = help_of(words) or ""
    listed = re.search(r"^Commands:\n(.*?)(?:\n\n|\Z)", text, flags=re.S | re.M)
    return set(re.findall(r"^  ([a-z]+) ", listed.group(1), flags=re.M)) if listed else set()


def shown(text):
    """Command lines in fences and in backticks, one command each."""
    for fence in re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.S | re.M):
        yield from (line.strip() for line in fence.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def check_commands(page, text):
    for line in shown(text):
        for call in re.findall(r"(?:^|[\s$;&|])(studio(?: [^|;&#`\n]*)?)", " " + line):
            words = re.sub(r"'[^']*'|\"[^\"]*\"", "X", call).split()[1:]
            if not words or not re.fullmatch(r"[a-z]+", words[0]):
                continue
            path = (words[0],)
            if words[0] not in commands_of(()):
                # Prose such as `studio plugin ls | inspect` is cut at the bar; other words are none of ours.
                faults.append(f"{page}: there is no command `studio {words[0]}` (in {line!r})")
                continue
            below, rest = commands_of(path), words[1:]
            if below and re.search(r"^Usage:.*> \[COMMAND\]", help_of(path), flags=re.M):
                # What it is done to comes first: `studio scene rice move`.
                path, rest = (*path, "X"), rest[1:]
            if below and rest and re.fullmatch(r"[a-z]+", rest[0]):
                if rest[0] not in below:
                    faults.append(f"{page}: there is no command `studio {words[0]} {rest[0]}` (in {line!r})")
                    continue
                path = (*path, rest[0])
            for option in (word.split("=")[0] for word in words if word.startswith("--")):
                if option not in re.findall(r"--[a-z][a-z-]*", help_of(path) or ""):
                    faults.append(f"{page}: `studio {' '.join(path)}` has no option {option} (in {line!r})")


for page in pages:
    text = page.read_text(encoding="utf-8")
    check_links(page, text)
    check_commands(page, text)

if not commands_of(()):
    faults.append(f"{studio} --help lists no commands: is it the binary?")
for fault in faults:
    print(fault, file=sys.stderr)
print(f"documentation: {len(pages)} pages, {len(faults)} faults")
sys.exit(1 if faults else 0)
PYTHON
