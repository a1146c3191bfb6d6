"""From C text to a loaded library: which compiler, with which flags, and the cache of what was built.

A library is kept in a folder named after a digest of all it depends on (text, flags, compiler, processor),
under a digest of its own bytes: what is cut short or changed is not loaded but built anew. Nothing is loaded
from a folder that another user could write to, and no compiler has a cache elsewhere.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

COMPILER = "GLASSGRAD_CC"
"""The environment variable that names a compiler, before all others."""

SECONDS = 600
"""After how long a compiler that has not answered is stopped."""


class CompilerError(RuntimeError):
    """There is no library of a text; the message names the compiler, and what was said."""


def compilers() -> Iterator[list[str]]:
    """Yield the commands of C compilers, the best first.

    That is GLASSGRAD_CC alone if it is set; otherwise the wheel ziglang, and cc, clang, gcc on the PATH.
    """
    try:
        given = shlex.split(os.environ.get(COMPILER, ""))
    except ValueError:  # a quotation has no end: missing() quotes it
        return
    if given:
        if found := _program(given[0]):
            yield [found, *given[1:]]
        return
    wheel = find_spec("ziglang")
    folders = (wheel and wheel.submodule_search_locations) or []
    if zig := _program("zig", os.pathsep.join(folders)):  # python -m ziglang starts Python for it
        yield [zig, "cc"]
    yield from ([found] for name in ("cc", "clang", "gcc") if (found := _program(name)))


def _program(name: str, path: str | None = None) -> str | None:
    """Return where a program is from the root on, for it is run in another folder than this one."""
    found = shutil.which(name, path=path)
    return found and os.path.abspath(found)


def compiler() -> list[str]:
    """Return the command of the C compiler that is taken; nothing if there is none."""
    return next(compilers(), [])


def missing() -> str:
    """Return what there is instead of a compiler, with the remedy; nothing if there is one."""
    if compiler():
        return ""
    remedy = f"pip install 'glassgrad[native]', or name one in {COMPILER}"
    if given := os.environ.get(COMPILER, ""):
        return f"a C compiler, and {COMPILER}={given!r} is no program here: {remedy}"
    return f"a C compiler: {remedy}"


def flags(command: Sequence[str]) -> list[str]:
    """Return the flags for a shared library of the fastest code for this processor, rounding as IEEE asks."""
    chosen = ["-std=gnu11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-w", "-shared", "-fPIC"]
    chosen += ["-g0"]  # zig writes what debuggers need unless told not to, which takes a fifth of the time
    if platform.machine() in ("x86_64", "AMD64", "i686"):
        chosen += ["-march=native", "-mprefer-vector-width=512"]
    else:
        chosen += ["-mcpu=native"]
    if sys.platform == "darwin":
        chosen += ["-undefined", "dynamic_lookup"]
    elif any(Path(word).stem in ("zig", "ziglang") for word in command):
        chosen += ["-nostdlib"]  # which zig would build first; the functions are those that Python has loaded
    else:
        chosen += ["-lm"]
    return chosen


def library(text: str) -> ctypes.CDLL:
    """Return the library that a C text compiles to, from the cache if it is there.

    Raises CompilerError where the compiler fails, and where what it makes cannot be kept or loaded.
    """
    command = compiler()
    options = flags(command)
    try:
        if not cache_folder().is_dir():  # it was removed
            cache_folder.cache_clear()
        known = [text, *command, *options, _version(tuple(command)), _processor()]
        digest = sha256("\0".join(known).encode()).hexdigest()
        return _loaded(digest, text, tuple(command), tuple(options))
    except OSError as error:
        remedy = f"name another compiler in {COMPILER}, or another folder in XDG_CACHE_HOME"
        raise CompilerError(
            f"no library by {' '.join(command)} could be loaded: {error}; {remedy}"
        ) from error


@cache
def _loaded(digest: str, text: str, command: tuple[str, ...], options: tuple[str, ...]) -> ctypes.CDLL:
    folder = cache_folder() / digest  # of its own, for to look through those of all texts would take longer
    found = next((path for path in folder.glob("*.so") if _is_whole(path)), None)
    return ctypes.CDLL(str(found or _built(folder, text, command, options)))


def _built(folder: Path, text: str, command: Sequence[str], options: Sequence[str]) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    source = folder / "program.c"
    with tempfile.TemporaryDirectory(dir=folder) as own:
        own_source, own_library = Path(own, "program.c"), Path(own, "program.so")
        own_source.write_text(text)
        # Libraries are named last, behind what needs them.
        arguments = [*command, str(own_source), "-o", str(own_library), *options]
        try:
            done = _run(arguments, own, SECONDS)
            said = done.stderr if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
        os.replace(own_source, source)
        if said or not own_library.exists():
            first = next((line for line in said.splitlines() if "error" in line), said.strip() or "no output")
            raise CompilerError(
                f"{' '.join(command)} failed on {source}: {first.replace(str(own_source), '')[:200]}"
            )
        content = own_library.read_bytes()
        path = folder / f"{sha256(content).hexdigest()}.so"
        os.replace(own_library, path)
    return path


def _run(command: Sequence[str], folder: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a compiler in a folder, where zig leaves what it makes of a text; the cache has what serves all."""
    zig = {"ZIG_GLOBAL_CACHE_DIR": str(cache_folder() / "zig"), "ZIG_LOCAL_CACHE_DIR": folder}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        cwd=folder,
        env=os.environ | zig,
        check=False,
    )


def _is_whole(path: Path) -> bool:
    """Tell whether a library is what its name says."""
    try:
        return sha256(path.read_bytes()).hexdigest() == path.stem
    except OSError:
        return False


@cache
def cache_folder() -> Path:
    """Return the folder of the cache; one of this process alone where none can be written and trusted."""
    for folder in _folders():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            about = folder.lstat()
            own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
            if stat.S_ISDIR(about.st_mode) and own and not about.st_mode & 0o022:
                with tempfile.TemporaryFile(dir=folder):
                    return folder
        except OSError:
            pass
    return Path(tempfile.mkdtemp(prefix="glassgrad-"))


def _folders() -> Iterator[Path]:
    """Yield the folders that a user's processes may share, the best first."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # which is to be passed over, by its specification
        base = os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
    if os.path.isabs(base):  # a home is known
        yield Path(base, "glassgrad")
    yield Path(tempfile.gettempdir(), f"glassgrad-{getattr(os, 'getuid', int)()}")


@cache
def _version(command: tuple[str, ...]) -> str:
    try:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as own:
            return _run([*command, "--version"], own, 60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


@cache
def _processor() -> str:
    """Return what tells this processor's instructions from another's."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return "\n".join(
            sorted({line for line in lines if line.split(":")[0].strip() in ("flags", "Features", "model")})
        )
    except OSError:
        return " ".join([platform.machine(), platform.processor(), platform.node()])
