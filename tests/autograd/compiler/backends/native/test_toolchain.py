"""The compiler and its cache: what is found, what fails, and what is not loaded."""

import ctypes
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import nn
from autograd import Value, compile
from autograd.compiler.backends.native import toolchain
from autograd.compiler.backends.native.emit.functions import functions_in

STORING = """
static __attribute__((noinline)) void store(const T *numbers, V *memory) {
  V *const weighted = memory + 7, *const sums = memory + 14;
  for (int g = 0; g < 3; g++) {
    V s0 = {0}, s1 = {0};
    for (int k = 0; k < 3; k++) {
      s0 = v_fma(all(numbers[-10 * g + k + 32]), weighted[-2 * g + k + 4], s0);
      s1 = v_fma(all(numbers[-10 * g + k + 34]), weighted[-2 * g + k + 4], s1);
    }
    sums[2 * g] = s0 + all(numbers[-10 * g + 30]) * memory[g];
    sums[2 * g + 1] = s1 + all(numbers[-10 * g + 31]) * memory[g];
  }
}
double stored(void) {
  T numbers[40];
  V memory[20] = {{0}};
  for (int n = 0; n < 40; n++) numbers[n] = 1;
  for (int n = 0; n < 14; n++) memory[n] = all(1);
  store(numbers, memory);
  return memory[14][0] + memory[19][0];
}
"""

ANSWER = "int answer(void) { return 42; }\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "base"))
    monkeypatch.setattr(toolchain.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    _forget()
    yield tmp_path / "base" / "glassgrad"
    _forget()


def _forget() -> None:
    toolchain.cache_folder.cache_clear()
    toolchain._loaded.cache_clear()
    toolchain._version.cache_clear()


def built(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.so"))


def answer() -> int:
    return toolchain.library(ANSWER).answer()


def test_a_text_is_compiled_once(cache: Path) -> None:
    assert answer() == 42
    (library,) = built(cache)
    written = library.stat().st_mtime_ns
    _forget()
    assert answer() == 42
    assert [path.stat().st_mtime_ns for path in built(cache)] == [written]
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert sorted(path.suffix for path in library.parent.iterdir()) == [".c", ".so"]


def test_other_options_make_another_library(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = shlex.join(toolchain.compiler())
    for n in (1, 2):
        monkeypatch.setenv(toolchain.COMPILER, f"{command} -DANSWER={n}")
        assert toolchain.library("int answer(void) { return ANSWER; }").answer() == n


@pytest.mark.parametrize("size", [0, 100, -1])
def test_a_library_that_is_cut_short_or_changed_is_built_anew(cache: Path, size: int) -> None:
    answer()
    (library,) = built(cache)
    content = library.read_bytes()
    library.rename(cache / "moved")  # so that what is loaded already stays as it is
    library.write_bytes(content[:size] + b"\0" * (size < 0))
    _forget()
    assert answer() == 42
    assert library.read_bytes() == content or len(built(cache)) == 2


@pytest.mark.parametrize("mode", [0o777, 0o500])
def test_a_folder_that_others_may_write_to_or_nobody_is_not_used(cache: Path, mode: int) -> None:
    if mode == 0o500 and os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    cache.mkdir(parents=True)
    cache.chmod(mode)
    assert answer() == 42
    assert toolchain.cache_folder() != cache
    assert not list(cache.iterdir())
    assert stat.S_IMODE(toolchain.cache_folder().stat().st_mode) == 0o700


@pytest.mark.parametrize("base", ["a file", "no folder", "a relative path", "nothing, and no home"])
def test_where_no_folder_can_be_made_one_among_temporary_files_serves_all_processes_of_a_user(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    (tmp_path / "a file").write_text("")
    bases = {"a file": str(tmp_path / "a file"), "no folder": "/proc/nope", "a relative path": "relative"}
    monkeypatch.setenv("XDG_CACHE_HOME", bases.get(base, ""))
    monkeypatch.setenv("HOME", "nowhere")
    monkeypatch.setattr(toolchain, "SECONDS", 20)  # in "/proc/nope" zig searched on and on
    monkeypatch.chdir(tmp_path)
    assert answer() == 42
    folder = toolchain.cache_folder()
    (library,) = built(folder)
    _forget()
    assert answer() == 42
    assert (toolchain.cache_folder(), built(folder)) == (folder, [library])
    assert folder.is_relative_to(tmp_path / "temporary")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "temporary"]
    folder.chmod(0o777)
    _forget()
    assert answer() == 42
    assert toolchain.cache_folder() != folder


def test_without_any_folder_there_is_one_line(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base").write_text("")
    monkeypatch.setattr(toolchain.tempfile, "tempdir", str(tmp_path / "base"))
    with pytest.raises(toolchain.CompilerError, match=r"could be loaded: .*another folder in XDG_CACHE_HOME"):
        answer()


def test_a_compiler_leaves_nothing_behind_but_a_library(cache: Path, tmp_path: Path) -> None:
    for n in range(2):
        toolchain.library(f"int answer(void) {{ return {n}; }}")
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.suffix for path in left) == [".c", ".c", ".so", ".so"]
    assert all(path.is_relative_to(cache) for path in left)
    assert len([*cache.iterdir()]) <= 3  # with what zig keeps for all


def test_a_link_to_a_folder_elsewhere_is_not_used(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    cache.parent.mkdir()
    cache.symlink_to(tmp_path / "elsewhere")
    assert toolchain.cache_folder() != cache


def test_processes_that_compile_at_once_are_all_right(cache: Path) -> None:
    tool = "autograd.compiler.backends.native.toolchain"
    code = f"from {tool} import library; print(library({ANSWER!r}).answer())"
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0] for process in started] == ["42\n"] * 3
    assert answer() == 42
    assert len(built(cache)) <= 3
    assert not [path for path in cache.glob("*/*") if path.is_dir()]


def a_compiler(folder: Path, text: str) -> str:
    path = folder / "compiler"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("command", [*toolchain.compilers()], ids=" ".join)
@pytest.mark.parametrize("double", [True, False])
def test_no_compiler_leaves_out_a_function_that_only_stores(
    cache: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], double: bool
) -> None:
    monkeypatch.setenv(toolchain.COMPILER, shlex.join(command))
    text = f"typedef {'double' if double else 'float'} T;\n{functions_in(STORING, double)}\n{STORING}"
    stored = toolchain.library(text).stored
    stored.restype = ctypes.c_double
    assert stored() == 8.0


NEW_IN_COMPILERS = ("__builtin_elementwise_fma", "__builtin_reduce_or", "__builtin_shufflevector")
"""What clang has had since versions 17, 15 and 3, and GCC has not, or since version 12."""


@pytest.mark.parametrize("command", [*toolchain.compilers()], ids=" ".join)
def test_a_compiler_without_functions_of_vectors_gives_the_numbers_of_those_with_them(
    cache: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    model, x = nn.MLP(5, [4, 1], activation="tanh", seed=0), np.random.default_rng(0).normal(size=(40, 5))
    found = []
    for older in ([], ["-D__has_builtin(name)=0", *[f"-D{name}=none" for name in NEW_IN_COMPILERS]]):
        monkeypatch.setenv(toolchain.COMPILER, shlex.join([*command, *older]))
        value, gradient = compile(model, model.parameters(), "native").value_and_grad(x)
        found.append([value, *gradient])
    np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-15)


def test_a_folder_that_is_removed_is_made_anew_for_its_owner_alone(cache: Path) -> None:
    assert toolchain.cache_folder() == cache
    shutil.rmtree(cache.parent)
    before = os.umask(0o002)
    assert answer() == 42
    os.umask(before)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_a_compiler_is_found_from_the_current_folder_on(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_compiler(tmp_path, f'exec {shlex.join(toolchain.compiler())} "$@"')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(toolchain.COMPILER, "./compiler")
    assert answer() == 42
    monkeypatch.delenv(toolchain.COMPILER)
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
    Path("compiler").rename("cc")
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    assert answer() == 42
    assert toolchain.compiler() == [str(tmp_path / "cc")]


def test_a_library_that_cannot_be_loaded_is_told_in_a_line_and_auto_goes_on(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(toolchain.COMPILER, a_compiler(tmp_path, "[ $# -gt 2 ] && echo no library > $3"))
    with pytest.raises(
        toolchain.CompilerError, match=r"compiler could be loaded: .*; name another"
    ) as raised:
        compile(lambda x: [x + 1.0], backend="native")([2.0])
    assert "\n" not in str(raised.value)
    step = compile(lambda x: [x + 1.0], backend="auto")
    with pytest.warns(UserWarning, match="NumPy goes on instead"):
        assert step([2.0]) == 3.0


@pytest.mark.parametrize("name", ["x", r"\377"], ids=["ASCII", "no UTF-8"])
def test_a_compiler_that_fails_is_quoted_with_the_path_of_the_text(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    text = rf"printf '{name}.c:1: error: no luck\n' >&2; exit 1"
    monkeypatch.setenv(toolchain.COMPILER, a_compiler(tmp_path, text))
    w = Value(2.0)
    with pytest.raises(toolchain.CompilerError, match=r"failed on .*\.c: .\.c:1: error: no luck") as raised:
        compile(lambda x: x * w, [w], "native").value_and_grad([1.0])
    assert "\n" not in str(raised.value)
    (text,) = cache.glob("*/*.c")
    assert str(text) in str(raised.value)
    step = compile(lambda x: x * w, [w], "auto")
    assert step.backend == "native"
    with pytest.warns(UserWarning, match="no luck; NumPy goes on instead"):
        value, gradient = step.value_and_grad([3.0])
    assert (value, gradient.tolist(), step.backend) == (6.0, [3.0], "numpy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert step.value_and_grad([3.0, 4.0])[0] == 7.0


def test_without_a_compiler_one_line_names_the_remedy_and_auto_is_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(toolchain.COMPILER, raising=False)
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    remedy = r"pip install 'glassgrad\[native\]', or name one in GLASSGRAD_CC"
    with pytest.raises(ImportError, match=rf"^backend='native' needs a C compiler: {remedy}$"):
        compile(abs, backend="native")
    assert compile(abs, backend="auto").backend == "numpy"
    for given in ("nonesuch -O1", "nonesuch 'O1", "nonesuch \\"):
        monkeypatch.setenv(toolchain.COMPILER, given)
        told = f"{toolchain.COMPILER}={given!r} is no program here: pip install"
        with pytest.raises(ImportError, match=re.escape(told)):
            compile(abs, backend="native")
        assert compile(abs, backend="auto").backend == "numpy"


def test_compilers_are_taken_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(toolchain.COMPILER, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("gcc", "clang"):
        Path(a_compiler(tmp_path, "exit 0")).rename(tmp_path / name)
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)
    assert toolchain.compiler() == [str(tmp_path / "clang")]
    wheel = tmp_path / "wheel"
    wheel.mkdir()
    spec = SimpleNamespace(submodule_search_locations=[str(wheel)])
    monkeypatch.setattr(toolchain, "find_spec", {"ziglang": spec}.get)
    assert toolchain.compiler() == [str(tmp_path / "clang")]  # a wheel without its program
    Path(a_compiler(tmp_path, "exit 0")).rename(wheel / "zig")
    command = toolchain.compiler()
    assert command == [str(wheel / "zig"), "cc"]
    assert "-lm" not in toolchain.flags(command)  # which zig would build first
    assert "-lm" not in toolchain.flags(["python", "-m", "ziglang", "cc"])
    monkeypatch.setenv(toolchain.COMPILER, "gcc -O1")
    assert toolchain.compiler() == [str(tmp_path / "gcc"), "-O1"]
