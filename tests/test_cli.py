"""The command line as a real subprocess."""

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import nn

COMMAND = [sys.executable, str(Path(__file__).parents[1] / "glassgrad.py")]


def steps_of(page: Path) -> dict[str, list]:
    """Return the steps of a player's page, a list for each of their parts."""
    packed = re.search(r'id="story">(.*?)</script>', page.read_text(encoding="utf-8"))[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))["steps"]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # Without Graphviz: whatever is on the PATH of this machine must not be needed.
    environment = {**os.environ, "PATH": "", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        env=environment,
    )


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_trace_prints_both_passes_and_writes_the_drawings(tmp_path: Path) -> None:
    done = run("trace", "sin(x**3 + 5)", "x=1.2", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"sin\(6\.728\)\s+= 0\.4302906126745037$", done.stdout, re.MULTILINE)
    last = next(line for line in done.stdout.splitlines() if line.startswith("  ∂L/∂x:"))
    assert "0.9026904168341437 × 4.319999999999999" in last
    assert "= 3.8996226007235006" in last
    assert "grad – → 3.8996226007235006" in last
    assert "∂v1/∂x = 3 * x ** 2" in last
    check = re.search(r"d/dx = 3\.8996226007235006, by finite differences (\S+) ± (\S+)", done.stdout)
    assert abs(float(check[1]) - 3.8996226007235006) < 1e-10
    out = tmp_path / "glassgrad-out"
    # four values forward, the seed, three contributions
    assert contents(out / "frames") == [
        *(f"0{i}_forward.svg" for i in range(1, 5)),
        "05_backward_seed.svg",
        *(f"0{i}_backward.svg" for i in range(6, 9)),
    ]
    headline, *_ = steps_of(out / "player.html")["caption"][-1]
    assert headline == "∂L/∂x += ∂L/∂v1 × ∂v1/∂x = 0.90269 × 4.32 = 3.8996"
    assert done.stdout.splitlines()[-1] == "open glassgrad-out/player.html in a browser, and press →"
    for name in ("graph.svg", "frames/08_backward.svg"):
        assert ElementTree.parse(out / name).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    steps = json.loads((out / "passes.json").read_text(encoding="utf-8"))
    assert steps["backward"][-1]["after"] == 3.8996226007235006
    for line in (out / "passes.txt").read_text(encoding="utf-8").splitlines():
        assert line in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["glassgrad-out"]


def test_a_shorter_trace_leaves_no_frames_of_a_longer_one(tmp_path: Path) -> None:
    run("trace", "sin(x) * cos(x)", "x=1", cwd=tmp_path)
    longer = contents(tmp_path / "glassgrad-out" / "frames")
    run("trace", "-x", "x=1", cwd=tmp_path)
    shorter = contents(tmp_path / "glassgrad-out" / "frames")
    assert len(shorter) == 4
    assert len(longer) > len(shorter)


def test_an_expression_may_begin_with_a_minus_sign(tmp_path: Path) -> None:
    done = run("trace", "-x**2", "x=3", cwd=tmp_path)
    assert done.returncode == 0
    assert "d/dx = -6.0" in done.stdout


def test_a_long_expression_is_drawn_without_hundreds_of_frames(tmp_path: Path) -> None:
    done = run("trace", " + ".join(["x*x"] * 200), "x=1", cwd=tmp_path)
    assert done.returncode == 0
    files = ["graph.svg", "passes.json", "passes.txt", "player.html"]
    assert contents(tmp_path / "glassgrad-out") == files
    assert "d/dx = 400.0" in done.stdout


def test_trace_at_a_pole(tmp_path: Path) -> None:
    done = run("trace", "log(x)", "x=0", cwd=tmp_path)
    assert "d/dx = inf, by finite differences no number" in done.stdout


def test_trace_names_a_kink(tmp_path: Path) -> None:
    done = run("trace", "-abs(x)", "x=0", cwd=tmp_path)
    assert done.returncode == 0
    assert "d/dx = 0.0, by finite differences a kink, 1 from the left, -1 from the right" in done.stdout


def test_train_house_finds_the_least_squares_line(tmp_path: Path) -> None:
    done = run("train", "house", cwd=tmp_path)
    assert done.returncode == 0
    line = re.search(r"price = (\S+) \+ (\S+)·area", done.stdout)
    assert float(line[1]) == pytest.approx(15.58085106, abs=5e-7)
    assert float(line[2]) == pytest.approx(1.31897163, abs=5e-7)
    assert "mean squared error 158.86408  mean absolute error 11.09078" in done.stdout
    assert "training: 100%" in done.stderr


def test_train_iris_holds_flowers_out_and_writes_what_it_says(tmp_path: Path) -> None:
    done = run("train", "iris", "--out", "flowers", cwd=tmp_path)
    assert done.returncode == 0
    assert "one of setosa, versicolor, virginica" in done.stdout
    right = re.search(r"held-out  loss \S+  accuracy \S+ \((\d+) of 30\)", done.stdout)
    assert int(right[1]) >= 27
    assert contents(tmp_path / "flowers") == ["loss.svg", "network.svg", "weights.safetensors"]
    model = nn.MLP(4, [16, 16, 3])
    metadata = nn.load(tmp_path / "flowers" / "weights.safetensors", model)
    assert json.loads(metadata["classes"]) == ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"])
def test_train_with_every_optimizer_and_schedule(optimizer: str, tmp_path: Path) -> None:
    schedule = {"momentum": "step", "nesterov": "linear", "adagrad": "constant", "adam": "exponential"}
    arguments = ("--optimizer", optimizer, "--schedule", schedule.get(optimizer, "cosine"), "--l2", "1e-4")
    done = run("train", "moons", *arguments, "--epochs", "20", "--hidden", "8", cwd=tmp_path)
    assert done.returncode == 0
    losses = re.findall(r"loss (\S+)", done.stdout)
    assert float(losses[0]) < 0.69  # a guess between two classes


def test_train_compiled_learns_the_same(tmp_path: Path) -> None:
    arguments = ("train", "iris", "--epochs", "3", "--hidden", "4", "--l1", "1e-3", "--optimizer", "adam")
    eager, compiled = (
        run(*arguments, *extra, "--out", "out", cwd=tmp_path) for extra in ((), ("--compiled",))
    )
    assert compiled.returncode == 0
    assert "accuracy" in compiled.stdout
    assert compiled.stdout == eager.stdout


def test_patience_stops_early_and_says_so(tmp_path: Path) -> None:
    done = run(
        "train", "moons", "--patience", "2", "--lr", "1", "--epochs", "200", "--hidden", "4", cwd=tmp_path
    )
    assert done.returncode == 0
    assert re.search(r"stopped after \d{1,2} of 200 epochs: no better for 2", done.stdout)


def test_train_on_a_file_is_reproducible_and_draws_the_boundary(tmp_path: Path) -> None:
    rows = [f"{i},{i % 7},{'up' if i % 7 > 3 else 'down'}" for i in range(40)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,class", *rows]), encoding="utf-8")
    arguments = ("train", "table.csv", "--target", "class", "--hidden", "4", "--epochs", "5", "--seed", "3")
    first, second = (run(*arguments, "--out", name, cwd=tmp_path) for name in ("one", "two"))
    assert first.returncode == 0
    assert contents(tmp_path / "one") == [
        "decision_boundary.svg",
        "loss.svg",
        "network.svg",
        "weights.safetensors",
    ]
    assert first.stdout.replace("one:", "two:") == second.stdout
    for name in contents(tmp_path / "one"):
        if name.endswith(".svg"):
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    models = [nn.MLP(2, [4, 2]) for _ in range(2)]
    for model, folder in zip(models, ("one", "two"), strict=True):
        nn.load(tmp_path / folder / "weights.safetensors", model)
    one, two = ([parameter.data for parameter in model.parameters()] for model in models)
    assert one == two


def test_demo_lists_each_file_it_writes(tmp_path: Path) -> None:
    done = run("demo", "--out", "pictures", cwd=tmp_path)
    assert done.returncode == 0
    # the documents' worked example, with the true numbers
    assert "y = 0.789, wanted 1, so the loss L = ½(y - 1)² = 0.0222605" in done.stdout
    gradients = dict(re.findall(r"∂L/∂(\w+) = (\S+)", done.stdout))
    assert {name: float(gradient) for name, gradient in gradients.items()} == {
        "w11": -0.05275,
        "w12": -0.0633,
        "b1": -0.1055,
        "w21": -0.0633,
        "w22": -0.07596,
        "b2": -0.1266,
        "w31": -0.05697,
        "w32": -0.12449,
        "b3": -0.211,
    }
    assert "3 epochs step by step" in done.stdout
    steps = steps_of(tmp_path / "pictures" / "network" / "player.html")
    assert steps["count"].count("the seed") == 3
    learning = 3 + 9  # between two epochs each neuron learns, and inside it each weight and bias
    assert steps["phase"].count("update") == 2 * learning
    assert done.stdout.splitlines()[-1] == "open pictures/network/player.html in a browser, and press →"
    for name in contents(tmp_path / "pictures"):
        shown = "frames/" if "frames" in name else Path(name).name
        assert shown in done.stdout, name
    assert re.search(r"train     loss \S+  accuracy (9[5-9]|100)\.", done.stdout)


BAD_TABLES = {
    "text.csv": ("a,b,y\n1,2,3\n1,oops,3\n", "'oops'"),
    "ragged.csv": ("a,b,y\n1,2,3\n1,2\n", "line 3: 2 values for 3 columns"),
    "empty.csv": ("", "empty"),
    "header.csv": ("a,b,y\n", "no rows"),
    "constant.csv": ("a,b,y\n" + "".join(f"7,{i},{i}\n" for i in range(9)), "'a' is 7"),
    "mixed.csv": ("a,y\n1,2\n2,red\n", "'red'"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    text, part = BAD_TABLES[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    refused(("train", name), part, tmp_path, keep=name)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("trace", "frobnicate(x)", "x=1"), "'frobnicate'; accepted are"),
        (("trace", "x + y", "x=1"), "no value for y; given: x"),
        (("trace", '__import__("os")'), "'__import__'"),
        (("trace", "9**9**9"), "exponent 9 ** 9 = 3.8742e+08, accepted is at most 1000"),
        (("trace", "x", "x=abc"), "x is given 'abc', accepted is a number"),
        (("trace", "x", "x"), "not an assignment: 'x'"),
        (("trace", "x", "x=1", "x=2"), "'x' is given twice"),
        (("trace", "x", "x=1", "z=2"), "no variable 'z'; its variables are: x"),
        (("trace", "x*pi", "x=1", "pi=3"), "'pi' has a meaning of its own"),
        (("trace", "x +", "x=1"), "not an expression: 'x +'"),
        (("trace",), "expression"),
        (("train", "nowhere"), "'nowhere'; accepted are house, moons, iris or the path of a CSV file"),
        (("train", "nowhere.csv"), "no such file: 'nowhere.csv'"),
        (("train", "iris", "--target", "colour"), "the target of iris is 'species', got --target 'colour'"),
        (("train", "iris", "--epochs", "0"), "'0' is not a whole number"),
        (("train", "iris", "--epochs", "many"), "'many' is not a whole number"),
        (("train", "iris", "--hidden", "4,x"), "'x' is not a whole number"),
        (("train", "iris", "--lr", "-1"), "'-1' is not a positive number"),
        (("train", "house", "--lr", "1e9"), "training diverged"),
        (("train", "house", "--patience", "3"), "--patience 3 needs held-out rows"),
        (("train", "iris", "--optimizer", "magic"), "'magic'"),
        (("train", "iris", "--l1", "-1"), "'-1' is not a positive number"),
        (("demo", "--out", "/proc/nowhere"), "/proc/nowhere"),
        (("trace", "x", "x=1", "--out", "/proc/nowhere/deeper"), "/proc/nowhere"),
        (("fly",), "fly"),
        ((), "COMMAND"),
        (("-v",), "-v"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_bad_input_is_refused_in_one_line(arguments: tuple[str, ...], part: str, tmp_path: Path) -> None:
    refused(arguments, part, tmp_path)


def test_a_missing_column_is_refused_with_those_there(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    refused(("train", "t.csv", "--target", "c"), "has no column 'c'; it has 'a', 'b'", tmp_path, keep="t.csv")


def test_a_file_in_the_place_of_the_output_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    refused(("trace", "x", "x=1", "--out", "taken"), "'taken'", tmp_path, keep="taken")
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def refused(arguments: tuple[str, ...], part: str, folder: Path, keep: str | None = None) -> None:
    done = run(*arguments, cwd=folder)
    assert done.returncode == 2
    message = done.stderr.splitlines()[-1]
    assert part in message
    # A progress bar may have begun before training diverged; the message itself is one line.
    assert [line for line in done.stderr.splitlines() if line and "training:" not in line] == [message]
    assert "Traceback" not in done.stderr
    assert contents(folder) == ([keep] if keep else []), "something was half-written"
