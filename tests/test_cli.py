"""The command line: as a real subprocess, and whatever may be typed, in this process."""

import base64
import errno
import gzip
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from math import cos, pi
from pathlib import Path
from typing import Any

import pytest

import autograd
import glassgrad
import nn
import viz
from autograd.notation.rows import cells
from autograd.tree import leaves
from glassgrad import train
from glassgrad.command import EXAMPLES, _parser
from glassgrad.output import as_options
from nn.data.scaling import Scale
from tests.viz.player.reading import read

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "glassgrad"]


def steps_of(page: Path) -> list[dict[str, Any]]:
    """Return the steps of a player's page."""
    packed = re.search(r'id="story">(.*?)</script>', page.read_text(encoding="utf-8"))[1]
    story = json.loads(gzip.decompress(base64.b64decode(packed)))
    return [read(story, row) for row in story["steps"]]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # Without Graphviz: whatever is on the PATH of this machine must not be needed.
    environment = {**os.environ, "PATH": "", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
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
    headline = steps_of(out / "player.html")[-2]["caption"]["headline"]  # the last step trains x
    assert headline.startswith("∂L/∂x += ∂L/∂v1 × ∂v1/∂x = ")
    assert done.stdout.splitlines()[-1] == "open glassgrad-out/player.html in a browser, and press →"
    for name in ("graph.svg", "frames/08_backward.svg"):
        assert ElementTree.parse(out / name).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    steps = json.loads((out / "passes.json").read_text(encoding="utf-8"))
    assert steps["backward"][-1]["after"] == 3.8996226007235006
    for line in (out / "passes.txt").read_text(encoding="utf-8").splitlines():
        assert line in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["glassgrad-out"]


def test_a_trace_leaves_no_drawing_of_an_earlier_expression(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "out"
    for name in ("graph.gif", "frames/01_mine.txt", "frames/mine/01_forward.svg", "mine.svg"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine")
    mine = contents(out)
    drawn: list[list[str]] = []
    for expression in ("sin(x) * cos(x)", "-x", " + ".join(["x*x"] * 200), "x"):
        if drawn:
            (out / "graph.gif").write_bytes(b"GIF8, of an earlier call")
        assert status("trace", expression, "x=1", "--out", "out") == 0
        drawn.append([name for name in contents(out) if name not in mine])
        assert "graph.gif" in contents(out) or len(drawn) > 1, "no earlier trace can have drawn it"
    frames = [[name for name in names if name.startswith("frames/")] for names in drawn]
    assert len(frames[0]) > len(frames[1]) == 4
    assert (frames[2], len(frames[3])) == ([], 2)
    assert "graph.gif" not in contents(out)
    assert {*mine} - {"graph.gif"} <= {*contents(out)}


@pytest.mark.parametrize("out", range(4))
@pytest.mark.parametrize("lang", range(4))
def test_options_of_trace_may_stand_anywhere(
    out: int, lang: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [[text] for text in ("-x*y", "x=-1", "y=2")]
    arguments.insert(out, ["--out", "there"])
    arguments.insert(lang, ["--lang", "zh"])
    assert status("trace", *(text for texts in arguments for text in texts)) == 0, complaints(capsys)
    assert "d/dy = 1.0, by finite differences 1 ±" in capsys.readouterr().out
    assert '<html lang="zh">' in (folder / "there" / "player.html").read_text(encoding="utf-8")


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


@pytest.mark.parametrize(
    ("expression", "x", "said"),
    [
        ("floor(x)", "1", "a jump, and so no slope"),
        ("sign(x)", "0", "a jump, and so no slope"),
        ("sin(x)", "1e22", "no number: they do not settle"),
        ("(x + 1e8) - 1e8", "1", "0.9999999"),
        ("x ** 2", "0", "0 ±"),
    ],
)
def test_trace_claims_no_slope_that_differences_do_not_show(
    expression: str, x: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("trace", expression, f"x={x}") == 0
    assert f", by finite differences {said}" in capsys.readouterr().out


def test_train_house_finds_the_least_squares_line(tmp_path: Path) -> None:
    done = run("train", "house", cwd=tmp_path)
    assert done.returncode == 0
    line = re.search(r"price = (\S+) \+ (\S+)·area", done.stdout)
    assert float(line[1]) == pytest.approx(15.58085106, abs=5e-7)
    assert float(line[2]) == pytest.approx(1.31897163, abs=5e-7)
    assert "mean squared error 158.86408  mean absolute error 11.09078" in done.stdout
    assert re.search(r"training(, native|, numpy)?: 100%", done.stderr)


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


def test_train_digits_reads_97_of_100_with_kernels(tmp_path: Path) -> None:
    done = run("train", "digits", "--model", "cnn", cwd=tmp_path)
    assert done.returncode == 0
    assert "8 × 8 → 8 kernels of 3 × 3 → the largest of 2 × 2 → 72 → 10, 810 parameters" in done.stdout
    right = re.search(r"held-out  loss \S+  accuracy \S+ \((\d+) of 359\)", done.stdout)
    assert int(right[1]) >= 0.97 * 359
    assert re.search(r"training(, native|, numpy)?: 100%", done.stderr)
    out = tmp_path / "glassgrad-out"
    assert contents(out) == ["kernels.svg", "loss.svg", "weights.safetensors"]
    for number in range(1, 9):
        assert f"kernel {number}" in (out / "kernels.svg").read_text(encoding="utf-8")
    _, held_out = nn.split(nn.digits(), 0.2, seed=0)
    few = held_out.rows(range(20))
    names = ["digit", *few.feature_names]
    lines = [[str(goal), *map(str, row)] for goal, row in zip(few.targets, few.features, strict=True)]
    (tmp_path / "few.csv").write_text("".join(",".join(line) + "\n" for line in (names, *lines)))
    weights = "glassgrad-out/weights.safetensors"
    told = run("evaluate", weights, "few.csv", cwd=tmp_path)
    right = int(re.search(r"accuracy  \S+ \((\d+) of 20\)", told.stdout)[1])
    assert right >= 18
    predicted = run("predict", weights, "few.csv", cwd=tmp_path).stdout.splitlines()
    assert (
        sum(line.split(",")[-1] == str(goal) for line, goal in zip(predicted[1:], few.targets, strict=True))
        == right
    )


def test_train_digits_with_layers_of_neurons(tmp_path: Path) -> None:
    done = run("train", "digits", "--hidden", "8", "--epochs", "2", "--optimizer", "sgd", cwd=tmp_path)
    assert done.returncode == 0
    assert "network: 64 → 8 → 10, 610 parameters, seed 0" in done.stdout
    assert contents(tmp_path / "glassgrad-out") == ["loss.svg", "network.svg", "weights.safetensors"]


def test_it_tells_its_version(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"glassgrad {autograd.__version__}\n")


FLOWERS = "id;size;colour;kind\n" + "".join(
    f"f{i};{i % 7},5;{'red' if i % 3 else 'blue'};{'rose' if i % 7 > 3 else 'tulip'}\n" for i in range(60)
)


def test_a_table_in_another_encoding_names_the_option_that_reads_it(tmp_path: Path) -> None:
    (tmp_path / "drinks.csv").write_bytes("cups,drink\n1,café\n2,thé\n3,café\n1,thé\n".encode("latin-1"))
    train = ("train", "drinks.csv", "--epochs", "2", "--hidden", "0")
    refused = run(*train, cwd=tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "name another encoding, such as 'latin-1'" in refused.stderr
    assert run(*train, "--encoding", "latin-1", cwd=tmp_path).returncode == 0
    weights = "glassgrad-out/weights.safetensors"
    told = run("evaluate", weights, "drinks.csv", "--encoding", "latin-1", cwd=tmp_path)
    assert (told.returncode, "café" in told.stdout) == (0, True), told.stderr


def test_what_classes_were_taken_for_stands_straight_whatever_their_letters(tmp_path: Path) -> None:
    rows = "".join(f"{cups},{'茶' if cups % 2 else '咖啡 latte'}\n" for cups in range(12))
    (tmp_path / "drinks.csv").write_text(f"cups,drink\n{rows}", encoding="utf-8")
    run("train", "drinks.csv", "--epochs", "2", "--hidden", "0", cwd=tmp_path)
    told = run("evaluate", "glassgrad-out/weights.safetensors", "drinks.csv", cwd=tmp_path).stdout
    table = told.split("taken for (column):\n")[1].splitlines()
    assert len(table) == 3
    assert len({cells(line) for line in table}) == 1, told


def test_a_table_as_it_comes_is_learned_from_and_predicted(tmp_path: Path) -> None:
    (tmp_path / "flowers.csv").write_text(FLOWERS)
    train = run("train", "flowers.csv", "--ignore", "id", "--text", "one-hot", "--hidden", "4", cwd=tmp_path)
    assert train.returncode == 0
    assert "note: cells are separated by semicolons\nnote: numbers have decimal commas" in train.stdout
    assert "note: column 'colour': 2 texts, a column of 0 and 1 for each" in train.stdout
    weights = "glassgrad-out/weights.safetensors"
    told = run("evaluate", weights, "flowers.csv", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines()[1:3] == [
        "note: cells are separated by semicolons",
        "note: numbers have decimal commas",
    ]
    right = int(re.search(r"accuracy  \S+ \((\d+) of 60\)", told.stdout)[1])
    assert right >= 57
    counts = [[int(cell) for cell in line.split()[1:]] for line in told.stdout.splitlines()[-2:]]
    assert counts[0][0] + counts[1][1] == right
    assert sum(map(sum, counts)) == 60

    (tmp_path / "more.csv").write_text("colour,size\nred,6\nblue,\n")
    lacking = run("predict", weights, "more.csv", cwd=tmp_path)
    assert (lacking.returncode, lacking.stdout) == (2, "")
    assert "line 3, column 'size': '' is missing; --missing mean takes the mean" in lacking.stderr
    options = ("--missing", "mean", "--probabilities")
    printed = run("predict", weights, "more.csv", *options, cwd=tmp_path)
    assert printed.returncode == 0
    head, first, second = (line.split(",") for line in printed.stdout.splitlines())
    assert head[:4] == ["size", "colour=blue", "colour=red", "predicted kind"]
    assert first[:4] == ["6", "0", "1", "rose"]
    assert second[:3] == ["", "1", "0"], "what is missing was not measured"
    assert printed.stderr == "note: column 'size': 1 missing; --missing mean takes the mean of training\n"
    assert float(first[4]) + float(first[5]) == pytest.approx(1)
    kept = run("predict", weights, "more.csv", *options, "--out", "new/p.csv", cwd=tmp_path)
    assert kept.stdout == "2 predictions written to new/p.csv\n"
    assert (tmp_path / "new" / "p.csv").read_text() == printed.stdout


def test_a_quantity_is_evaluated_by_its_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{x},{x % 2}\n" for x in range(20)))
    as_classes = run("train", "t.csv", "--epochs", "1", cwd=tmp_path).stdout
    assert "one of 0, 1" in as_classes
    assert "--classes no reads a quantity" in as_classes
    assert "a number" in run("train", "t.csv", "--epochs", "1", "--classes", "no", cwd=tmp_path).stdout
    told = run("evaluate", "glassgrad-out/weights.safetensors", "t.csv", cwd=tmp_path)
    assert [line.split("  ")[0] for line in told.stdout.splitlines()[1:]] == [
        "mean squared error",
        "mean absolute error",
        "R²",
    ]
    refused = run("predict", "glassgrad-out/weights.safetensors", "t.csv", "--probabilities", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "glassgrad: 'y' is a quantity; only classes have probabilities\n"


def test_features_are_written_in_all_their_digits(tmp_path: Path) -> None:
    rows = [f"{12345678901234 + x},{x + 1 / 3!r},{x}" for x in range(5)]
    (tmp_path / "t.csv").write_text("\n".join(["id,third,y", *rows, ""]))
    train = ("train", "t.csv", "--classes", "no", "--epochs", "1", "--hidden", "0")
    assert run(*train, cwd=tmp_path).returncode == 0
    said = run("predict", "glassgrad-out/weights.safetensors", "t.csv", cwd=tmp_path)
    lines = said.stdout.splitlines()[1:]
    assert [line.rpartition(",")[0] for line in lines] == [row.rpartition(",")[0] for row in rows]


def test_a_class_of_numbers_that_overflow_is_not_told(tmp_path: Path) -> None:
    columns = nn.Dataset([], [], ["x"], "kind", ["a", "b"])
    model = nn.MLP(1, [1, 2], seed=0)
    for parameter in model.parameters():
        parameter.data = 1.0
    kept = nn.Trained(model, nn.Scaling([Scale(0.0, 1e-3)], [Scale(0.0, 1.0)]), columns)
    kept.save(tmp_path / "w.safetensors")
    (tmp_path / "far.csv").write_text("x,kind\n1,a\n1e308,b\n")
    for arguments in (("evaluate",), ("predict", "--probabilities")):
        told = run(arguments[0], "w.safetensors", "far.csv", *arguments[1:], cwd=tmp_path)
        assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert (
        "'far.csv', row 2 below the names: what the network makes of it is"
        in run("evaluate", "w.safetensors", "far.csv", cwd=tmp_path).stderr
    )


def test_a_line_keeps_the_digits_of_small_and_large_slopes(tmp_path: Path) -> None:
    rows = "".join(f"{x}e9,{2 + 10 / 3 * x!r},{x % 3}e-9\n" for x in range(1, 20))
    (tmp_path / "money.csv").write_text("area,price,tiny\n" + rows)
    done = run("train", "money.csv", "--target", "price", "--hidden", "0", "--epochs", "100", cwd=tmp_path)
    line = re.search(r"the line: price = (\S+) \+ (\S+)·area [+-] (\S+)·tiny", done.stdout)
    assert re.fullmatch(r"\d\.\d{8}", line[1])
    assert float(line[2]) == pytest.approx(10 / 3 * 1e-9, rel=0.01)
    assert len(line[2].partition("e")[0]) >= 9


def test_a_rare_text_is_not_all_held_out(tmp_path: Path) -> None:
    rows = "".join(f"{x},{'Gold' if x == 7 else 'Full' if x % 2 else 'Basic'},{x}\n" for x in range(20))
    (tmp_path / "rare.csv").write_text("a,plan,y\n" + rows)
    said = []
    for seed in range(8):
        arguments = ("--text", "one-hot", "--hidden", "0", "--epochs", "1", "--seed", str(seed))
        done = run("train", "rare.csv", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        said.append("note: column 'plan=Gold': a row is not held out, or it would be" in done.stdout)
    assert 0 < sum(said) < 8


def test_a_rare_target_is_not_all_held_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "t.csv").write_text("x,y\n" + "".join(f"{x},{9 if x == 7 else 5}\n" for x in range(12)))
    for seed in range(12):
        options = ("--hidden", "0", "--epochs", "1", "--seed", str(seed))
        assert status("train", "t.csv", *options) == 0, complaints(capsys)
    assert "note: column 'y': a row is not held out, or it would be" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["it's", 'say "x"', "both ' and \"", "back\\slash", "two words", "plain"])
def test_a_column_to_ignore_is_named_as_it_is_typed(name: str) -> None:
    said = as_options(f"column is text; ignore=[{name!r}] leaves it out")
    assert shlex.split(said.partition("; ")[2]) == ["--ignore", name, "leaves", "it", "out"]


@pytest.mark.parametrize(
    "option",
    [
        "--ignore=sepal_width",
        "--classes=no",
        "--separator=;",
        "--encoding=latin-1",
        "--missing=drop",
        "--text=one-hot",
    ],
)
def test_options_of_tables_are_refused_for_data_that_comes_along(option: str, tmp_path: Path) -> None:
    name = option.partition("=")[0]
    refused(("train", "iris", option), f"{name} is for tables of your own, and iris is", tmp_path)


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


def test_trace_speaks_chinese_and_draws_in_pixels(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    done = run("trace", "tanh(x)", "x=1", "--lang", "zh", "--gif", "--png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "glassgrad-out"
    assert (out / "graph.gif").read_bytes().startswith(b"GIF8")
    assert (out / "graph.png").read_bytes().startswith(b"\x89PNG")
    assert '<html lang="zh">' in (out / "player.html").read_text(encoding="utf-8")
    assert "给定" in (out / "frames" / "01_forward.svg").read_text(encoding="utf-8")
    for picture in (out / "graph.svg", *(out / "frames").iterdir()):
        assert re.search("<title>[^<]*[\u4e00-\u9fff]", picture.read_text(encoding="utf-8")), picture.name
    wrong = run("trace", "tanh(x)", "x=1", "--lang", "xx", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "choose from" in wrong.stderr


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
    assert [step["count"] for step in steps].count("the seed") == 1, "the steps of every epoch are the same"
    learning = 3 + 9  # between two epochs each neuron learns, and inside it each weight and bias
    assert [step["phase"] for step in steps].count("update") == learning
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
    "constant.csv": ("a,b,y\n" + "".join(f"7,{i},{i}\n" for i in range(9)), "'a' is 7.0 in all 7 training"),
    "ignored.csv": ("a,b,y\n" + "".join(f"7,{i},{i}\n" for i in range(9)), "vary: --ignore a leaves it out"),
    "level.csv": ("a,y\n" + "".join(f"{i},7\n" for i in range(9)), "vary: of a target that does not, noth"),
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
        (("trace", "9**9**9"), "exponent 3.8742e+08, accepted is at most 1000"),
        (("trace", "x", "x=abc"), "x is given 'abc', accepted is a number"),
        (("trace", "x", "x"), "not an assignment: 'x'"),
        (("trace", "x", "x=1", "x=2"), "'x' is given twice"),
        (("trace", "x", "x=1", "z=2"), "no variable 'z'; its variables are: x"),
        (("trace", "x*pi", "x=1", "pi=3"), "'pi' has a meaning of its own"),
        (("trace", "x +", "x=1"), "not an expression: 'x +'"),
        (("trace",), "expression"),
        (
            ("train", "nowhere"),
            "'nowhere'; accepted are house, moons, iris, digits or the path of a CSV file",
        ),
        (("train", "nowhere.csv"), "no such file: 'nowhere.csv'"),
        (("train", "iris", "--target", "colour"), "the target of iris is 'species', got --target 'colour'"),
        (("train", "iris", "--epochs", "0"), "'0' is not a whole number"),
        (("train", "iris", "--epochs", "many"), "'many' is not a whole number"),
        (("train", "iris", "--hidden", "4,x"), "'x' is not a whole number"),
        (("train", "iris", "--lr", "-1"), "'-1' is not a positive number"),
        (("train", "house", "--patience", "3"), "--patience 3 needs held-out rows"),
        (("train", "iris", "--optimizer", "magic"), "'magic'"),
        (("train", "iris", "--l1", "-1"), "'-1' is not a positive number"),
        (("train", "t.csv", "--target", "-y"), "one that begins with - is written --target=-…"),
        (("predict", "nowhere", "t.csv"), "'nowhere'; give the weights.safetensors that `glassgrad train`"),
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


# ---- whatever is typed: one line, and nothing that was made is lost ----------------------------------

EVERY_NAME = [f"x{number}" for number in range(400)]
LOST = "\udcff"
"""A byte that is not UTF-8, as Python hands it on from a command line."""

REFUSED = [
    (("trace", "x" + ".a" * 900, "x=1"), "not accepted: 'x.a.a"),
    (("trace", "x" + "[0]" * 600, "x=1"), "not accepted: 'x[0][0]"),
    (("trace", "x" + "()" * 900, "x=1"), "not accepted: 'x()()"),
    (("trace", "2**(" + "-" * 240 + "1001)"), "exponent 1001, accepted is at most 1000"),
    (("trace", "x+" * 1001, "x=1"), "expression of 2002 characters, accepted are at most 2000"),
    (("trace", "'\\d'"), "not accepted"),
    (("trace", "dot(x,x)", "x=1"), "dot takes w's, as many x's and a bias, an odd number in all, got 2"),
    (("trace", LOST, "x=1"), "not an expression"),
    (("trace", "x", f"{LOST}=1"), "not an assignment"),
    (("trace", "x", "-x=1"), "not an assignment: '-x=1'"),
    (("trace", "-2*", "x=1"), "not an expression: '-2*'"),
    (("trace", "x", "x=1", "--bad"), "--bad"),
    (("trace", "x", "x=1", "--bad=a\nb"), "--bad=a b"),
    (("trace", "x", "--bad", "x=1"), "unrecognized arguments: --bad;"),
    (("trace", "x", "--out", "out", "-x=1"), "not an assignment: '-x=1'"),
    (("train", "house", "--out", "out", "iris"), "unrecognized arguments: iris;"),
    (("trace", "x", "x=1", "--out", "-dir"), "--out"),
    (("trace", "x", "x=1", "--out", "o" * 300), "File name too long"),
    (("trace", "x", "x=1", "--out", "a\0b"), "null"),
    (("train", "/dev/zero"), "cannot read '/dev/zero': it is no ordinary file"),
    (("train", "pipe"), "cannot read 'pipe': it is no ordinary file"),
    (("train", "endless.csv"), "'endless.csv' is larger than 67108864 bytes"),
    (("train", "o" * 5000), "unknown data"),
    (("train", f"{LOST}.csv"), "no such file"),
    (("train", "a\0.csv"), "cannot read"),
    (("train", "iris", "--hidden", "1000000"), "a network of 8000003 parameters is asked for"),
    (("train", "iris", "--hidden", ",".join("1" * 101)), "101 layers, accepted are at most 100"),
    (("train", "iris", "--hidden", "9" * 5000), "is not a whole number from 1 to 1000000"),
    (("train", "iris", "--model", "cnn"), "--model cnn looks at pictures, such as digits, got 'iris'"),
    (("train", "digits", "--model", "cnn", "--hidden", "8,8"), "--hidden 8,8 is for --model mlp"),
    (("train", "digits", "--model", "rnn"), "invalid choice: 'rnn'"),
    (("train", "digits", "--target", "r1c1"), "the target of digits is 'digit'"),
    (("train", "iris", "--epochs", "²"), "is not a whole number"),
    (("train", "iris", "--seed", "9" * 5000), "--seed"),
    (("train", "iris", "--target", LOST), "the target of iris is 'species'"),
    (("train", "iris", "--l1", "1e10"), "training diverged in epoch 1"),
    (("train", "iris", "--l1", "1e10", "--compiled"), "training diverged in epoch 1"),
    (("train", "twice.csv"), "two columns called 'a'"),
    (("fly\n",), "fly"),
    ((LOST,), "invalid choice"),
]

DONE = [
    ("trace", "-2*x", "x=1"),
    ("trace", "-(x+1)", "x=-2"),
    ("trace", "-.5*x", "x=1", "--out", "out"),
    ("trace", "--x", "x=1"),
    ("trace", "-2"),
    ("trace", "--", "-x", "x=1"),
    ("trace", "-x", "--out", "out", "--", "x=1"),
    ("trace", "1.001**x", "x=950"),
    ("trace", "x**2", "x=inf"),
    ("trace", "x + 1/x", "x=nan"),
    ("trace", "exp(x)", "x=1e308"),
    ("trace", "ｘ", "ｘ=1"),
    ("trace", "x" * 500, "x" * 500 + "=1"),
    ("trace", f"sum({','.join(EVERY_NAME)})", *(f"{name}=1" for name in EVERY_NAME)),
    ("trace", f"logsumexp({','.join(['x'] * 990)})", "x=1"),
    ("train", "house", "--out", LOST),
    ("train", "dollar.csv", "--epochs", "1", "--hidden", "1"),
    ("train", "iris", "--epochs", "1", "--seed", "1" * 100),
    ("train", "house", "--l1", "1e10"),
    ("train", "house", "--lr", "5e-324", "--schedule", "exponential", "--epochs", "2"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, with tables that are hard to read in it."""
    rows = "".join(f"{i},{i * i % 7},{'$$' if i % 2 else 'do$wn^'}\n" for i in range(12))
    (tmp_path / "dollar.csv").write_text(f"$$,$\\frac{{$,y\n{rows}", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("a,b,a\n1,2,3\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "endless.csv").open("wb") as file:
        file.truncate(2**40)  # takes no room on the disk
    monkeypatch.chdir(tmp_path)
    return tmp_path


def status(*arguments: str) -> int:
    """Run the command line in this process; argparse leaves by SystemExit."""
    try:
        return glassgrad.main(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)


def complaints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines on stderr but for the progress bar."""
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("training")]


OPTIMIZERS: dict[str, tuple[type[nn.Optimizer], dict[str, Any]]] = {
    "sgd": (nn.SGD, {"momentum": 0.0}),
    "momentum": (nn.SGD, {"momentum": 0.9, "nesterov": False}),
    "nesterov": (nn.SGD, {"momentum": 0.9, "nesterov": True}),
    "adagrad": (nn.Adagrad, {}),
    "rmsprop": (nn.RMSprop, {}),
    "adam": (nn.Adam, {}),
    "adamw": (nn.AdamW, {}),
}
RATES = {
    "constant": (0.5, 0.5, 0.5, 0.5, 0.5, 0.5),
    "step": (0.5, 0.5, 0.05, 0.05, 0.005, 0.005),
    "exponential": tuple(0.5 * 0.01 ** (epoch / 6) for epoch in range(6)),
    "cosine": tuple(0.25 * (1 + cos(pi * epoch / 6)) for epoch in range(6)),
    "linear": tuple(0.5 * (1 - epoch / 6) for epoch in range(6)),
}


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what asks the command to train, and gives the optimiser and settings that `nn.fit` gets."""
    calls = []

    def noted(model: Any, dataset: Any, loss: Any, optimizer: Any, **settings: Any) -> None:
        calls.append((optimizer, settings))
        raise KeyboardInterrupt  # before it takes time

    def ask(*arguments: str) -> Any:
        assert status("train", "moons", "--epochs", "6", *arguments) == 130
        [call] = calls
        return call

    monkeypatch.setattr(nn, "fit", noted)
    return ask


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_the_one_that_learns(name: str, asked: Callable[..., Any]) -> None:
    kind, facts = OPTIMIZERS[name]
    optimizer, _ = asked("--optimizer", name)
    assert type(optimizer) is kind
    assert {fact: getattr(optimizer, fact) for fact in facts} == facts


@pytest.mark.parametrize("name", RATES)
def test_a_schedule_says_the_rate_of_each_epoch(name: str, asked: Callable[..., Any]) -> None:
    _, settings = asked("--lr", "0.5", "--schedule", name)
    assert tuple(map(settings["schedule"], range(6))) == pytest.approx(RATES[name])


@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.25), (0.5, 0.0), (0.5, 0.25)])
def test_the_strengths_of_a_penalty_are_its_own(l1: float, l2: float, asked: Callable[..., Any]) -> None:
    optimizer, settings = asked(*(["--l1", str(l1)] if l1 else []), *(["--l2", str(l2)] if l2 else []))
    numbers = [parameter.data for parameter in optimizer.parameters]
    wanted = l1 * sum(map(abs, numbers)) + l2 * sum(number * number for number in numbers)
    assert settings["penalty"]().data == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("arguments", "part"), REFUSED, ids=[ascii(" ".join(case[0]))[:40] for case in REFUSED]
)
def test_what_cannot_be_done_is_refused_in_one_line(
    arguments: tuple[str, ...], part: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(folder)
    assert status(*arguments) == 2
    [line] = complaints(capsys)
    assert line.startswith("glassgrad")
    assert part in line
    assert contents(folder) == before, "something was half-written"


@pytest.mark.parametrize("arguments", DONE, ids=[ascii(" ".join(case))[:40] for case in DONE])
def test_what_looks_odd_and_can_be_done_is_done(
    arguments: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(*arguments) == 0
    assert complaints(capsys) == []


def test_an_exponent_beyond_the_bound_is_no_matter_of_the_check(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("trace", "1.001**x", "x=950") == 0
    assert "d/dx = 0.002583191176257568, by finite differences 0.00258319" in capsys.readouterr().out


def test_pictures_that_fail_cost_only_themselves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("train", "iris", "--hidden", "130", "--epochs", "1", "--compiled") == 0
    said = capsys.readouterr()
    assert "network.svg failed: draw_network shows at most 128 neurons, got 133" in said.err
    assert contents(folder / "glassgrad-out") == ["loss.svg", "weights.safetensors"]
    assert "network.svg" not in said.out
    nn.load(folder / "glassgrad-out" / "weights.safetensors", nn.MLP(4, [130, 3]))


@pytest.mark.parametrize(("source", "both"), [("house", False), ("moons", True)])
def test_two_curves_are_told_of_where_rows_were_held_out(
    source: str, both: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("train", source, "--hidden", "2", "--epochs", "1", "--compiled") == 0
    said = capsys.readouterr().out
    assert "the loss after each epoch: it should fall" in said
    assert ("two curves" in said) is both


def test_pictures_of_an_earlier_network_do_not_stay_beside_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of = {
        "moons": ["decision_boundary.svg", "loss.svg", "network.svg"],
        "iris": ["loss.svg", "network.svg"],
        "digits": ["kernels.svg", "loss.svg"],
    }
    (folder / "out").mkdir()
    (folder / "out" / "mine.svg").write_text("kept")
    for source in ("moons", "iris", "digits", "moons"):
        kind = ("--model", "cnn") if source == "digits" else ("--hidden", "2", "--compiled")
        assert status("train", source, *kind, "--epochs", "1", "--out", "out") == 0
        assert contents(folder / "out") == sorted([*of[source], "mine.svg", "weights.safetensors"])
    before = contents(folder / "out")
    assert status("train", "iris", "--optimizer", "magic", "--out", "out") == 2
    assert contents(folder / "out") == before


def test_the_examples_of_the_help_can_be_run_in_their_order(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{x},{x % 5},{'ab'[x % 2]}\n" for x in range(20))
    for name in ("flowers.csv", "more_flowers.csv"):
        (folder / name).write_text(f"length,width,species\n{rows}")
    (folder / "towns.txt").write_text("amber\narden\nbarrow\n")
    for line in EXAMPLES.splitlines()[1:]:
        _, *words = shlex.split(line)
        if words[0] not in ("demo", "trace"):
            words += {"train": ["--epochs", "1"], "write": ["--steps", "1", "--count", "1"]}.get(words[0], [])
            assert status(*(word.replace("names", "towns.txt") for word in words)) == 0, line
    assert capsys.readouterr().err.count("glassgrad:") == 0


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        (["house"], 0.1),
        (["house", "--hidden", "4"], 0.03),
        (["moons"], 0.1),
        (["digits"], 0.01),
        (["digits", "--optimizer", "sgd"], 0.1),
        (["digits", "--optimizer", "momentum"], 0.02),
        (["iris", "--optimizer", "adam"], 0.02),
    ],
)
def test_the_rate_is_the_one_that_the_help_tells(
    words: list[str], rate: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train._task(words[0], _parser().parse_args(["train", *words])).course.rate == rate
    assert status("train", "--help") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "(default with sgd: 0.03 for numbers, 0.1 for classes, 0.1 for a straight line; with others: 0.02; "
        "digits with adam: 0.01)" in told
    )


@pytest.mark.parametrize("penalty", ["l1", "l2"])
@pytest.mark.parametrize("words", [["iris"], ["digits", "--model", "cnn"]])
def test_penalties_are_on_the_weights_and_not_on_biases(
    words: list[str], penalty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(nn, "fit", lambda *_, **options: given.update(options))
    options = _parser().parse_args(["train", *words, f"--{penalty}", "0.5"])
    task = train._task(words[0], options)
    train._fit(task, options, nn.History())
    for parameter in task.model.parameters():
        parameter.data, parameter.grad = 1.0, 0.0
    given["penalty"]().backward()
    pulled = {path for path, parameter in task.model.named_parameters() if parameter.grad}
    biases = {path for path, _ in task.model.named_parameters() if re.search(r"\.(b|bias\[\d+\])$", path)}
    assert pulled | biases == {path for path, _ in task.model.named_parameters()}
    assert biases
    assert not pulled & biases


def test_a_report_that_fails_costs_only_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object) -> float:
        raise ZeroDivisionError("no rows")

    monkeypatch.setattr(nn, "accuracy", unable)
    assert status("train", "iris", "--epochs", "1", "--hidden", "2") == 0
    assert complaints(capsys) == ["glassgrad: the report failed: ZeroDivisionError: no rows"]
    assert "weights.safetensors" in contents(folder / "glassgrad-out")


def test_a_training_that_diverges_keeps_the_parameters_as_the_epoch_began(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("train", "house", "--lr", "1e9") == 2
    [line] = complaints(capsys)
    assert "training diverged in epoch" in line
    assert line.endswith("the parameters from before that epoch are in glassgrad-out/weights.safetensors")
    model = nn.MLP(1, [1])
    nn.load(folder / "glassgrad-out" / "weights.safetensors", model)
    assert all(abs(parameter.data) < float("inf") for parameter in model.parameters())


def test_a_training_with_patience_that_diverges_keeps_the_best_epoch(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "t.csv").write_text("x,y\n" + "".join(f"{x},{2 * x}\n" for x in range(30)))
    arguments = ("train", "t.csv", "--hidden", "0", "--lr", "3", "--epochs")
    assert status(*arguments, "500", "--patience", "500", "--out", "best") == 2
    [line] = complaints(capsys)
    assert line.endswith("the parameters of the best epoch are in best/weights.safetensors")
    assert status(*arguments, "1", "--out", "first") == 0, "each epoch is worse than the one before"
    best, first = nn.MLP(1, [1], seed=1), nn.MLP(1, [1], seed=2)
    nn.load(folder / "best" / "weights.safetensors", best)
    nn.load(folder / "first" / "weights.safetensors", first)
    assert [weight.data for weight in best.parameters()] == [weight.data for weight in first.parameters()]


def test_what_a_library_mutters_is_said_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viz.plots.fonts.cjk_face", lambda: None)  # as on a machine without such fonts
    table = (folder / "dollar.csv").read_text(encoding="utf-8").replace("$$,$", "中文,$")
    (folder / "names.csv").write_text(table, encoding="utf-8")
    assert status("train", "names.csv", "--epochs", "1", "--hidden", "1") == 0
    [line] = complaints(capsys)
    assert line.startswith("glassgrad: decision_boundary.svg: no font found for '中文'")
    assert "decision_boundary.svg" in contents(folder / "glassgrad-out")


def stop(*_: object, **__: object) -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "phase", ["command._parser", "trace._assigned", "command.trace", "output.staged", "command.report_files"]
)
def test_ctrl_c_is_answered_in_one_line_in_every_phase(
    phase: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"glassgrad.{phase}", stop)
    assert status("trace", "x", "x=1") == 130
    assert complaints(capsys) == ["glassgrad: stopped; no file is half-written"]


def test_ctrl_c_while_a_trace_is_drawn_leaves_nothing_half_written(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder)
    monkeypatch.setattr(viz, "write_frames", stop)
    assert status("trace", "x", "x=1") == 130
    assert complaints(capsys) == ["glassgrad: stopped; no file is half-written"]
    assert contents(folder) == before


def test_ctrl_c_while_a_network_is_drawn_keeps_its_weights(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viz, "draw_network", stop)
    assert status("train", "house", "--epochs", "1") == 130
    [line] = complaints(capsys)
    assert line.endswith("the trained parameters are in glassgrad-out/weights.safetensors")
    assert contents(folder / "glassgrad-out") == ["weights.safetensors"]


def test_ctrl_c_before_the_first_epoch_ends_keeps_what_an_earlier_call_learned(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status("train", "house", "--epochs", "2") == 0
    before = (folder / "glassgrad-out" / "weights.safetensors").read_bytes()
    capsys.readouterr()
    monkeypatch.setattr(nn, "mse", stop)
    for out in ("glassgrad-out", "new/er"):
        assert status("train", "house", "--out", out) == 130
        assert complaints(capsys) == [
            "glassgrad: stopped before the first epoch was done; nothing is written"
        ]
    assert (folder / "glassgrad-out" / "weights.safetensors").read_bytes() == before
    assert not (folder / "new").exists()


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """Return what presses Ctrl-C, which workers of tests, and what they start, may ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_a_second_ctrl_c_waits_until_what_was_learned_is_kept(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    interrupt: Callable[[], None],
) -> None:
    usual, save, calls = nn.mse, nn.Trained.save, iter(range(1_000_000))

    def pressed(*given: Any) -> Any:
        if next(calls) == 3:
            interrupt()
        return usual(*given)

    def pressed_again(*given: Any, **more: Any) -> None:
        interrupt()
        save(*given, **more)

    monkeypatch.setattr(nn, "mse", pressed)
    monkeypatch.setattr(nn.Trained, "save", pressed_again)
    assert status("train", "house") == 130
    assert complaints(capsys) == ["glassgrad: stopped; what was learned is in glassgrad-out"]
    assert contents(folder / "glassgrad-out") == ["weights.safetensors"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_whatever_ends_a_training_what_was_learned_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, calls = nn.mse, iter(range(1_000_000))

    def failing(*given: Any) -> Any:
        if next(calls) == 5:
            raise MemoryError
        return usual(*given)

    monkeypatch.setattr(nn, "mse", failing)
    assert status("train", "house") == 2
    where = "glassgrad-out/weights.safetensors"
    assert complaints(capsys) == [f"glassgrad: MemoryError; what was learned until then is in {where}"]
    nn.load(folder / where, nn.MLP(1, [1]))


def test_a_folder_that_cannot_be_written_is_found_out_before_anything_is_learned(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", "/hidden/temporary")

    monkeypatch.setattr(nn, "fit", stop)
    (folder / "link").symlink_to("nowhere")
    assert status("train", "house", "--out", "link") == 2
    [line] = complaints(capsys)
    assert line == "glassgrad: cannot write to 'link': it is a link to nothing, and a directory is needed"
    monkeypatch.setattr("tempfile.mkdtemp", denied)
    assert status("train", "house", "--out", "new/read_only") == 2
    assert complaints(capsys) == ["glassgrad: cannot write to 'new/read_only': Permission denied"]
    assert not (folder / "new").exists()
    (folder / "taken").write_text("")
    assert status("demo", "--out", "taken") == 2
    assert "Two moons" not in capsys.readouterr().out


def test_what_cannot_be_moved_stays_and_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out" / "weights.safetensors").mkdir(parents=True)
    assert status("train", "house", "--epochs", "1", "--out", "out") == 2
    [line] = complaints(capsys)
    found = re.fullmatch(
        r"glassgrad: cannot move what was written into 'out': Is a directory; it is in '(.*)'", line
    )
    nn.load(folder / found[1] / "weights.safetensors", nn.MLP(1, [1]))


def test_predictions_are_written_to_long_names_links_and_pipes(folder: Path) -> None:
    assert status("train", "house", "--epochs", "1") == 0
    (folder / "t.csv").write_text("area\n50\n")
    ask = ("predict", "glassgrad-out/weights.safetensors", "t.csv", "--out")
    long = "p" * 244 + ".csv"
    assert status(*ask, long) == 0
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "old.csv").write_text("old")
    (folder / "link.csv").symlink_to("elsewhere/old.csv")
    assert status(*ask, "link.csv") == 0
    assert (folder / "link.csv").is_symlink()
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert status(*ask, "pipe") == 0
    said = os.read(reader, 10_000).decode()
    os.close(reader)
    assert said == (folder / long).read_text() == (folder / "elsewhere" / "old.csv").read_text()
    assert said.startswith("area,predicted price\n50,")
    assert (folder / "pipe").is_fifo()
    assert not list(folder.rglob(".unfinished*"))


def test_the_name_of_a_folder_is_shown_as_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("trace", "x", "x=1", "--out", "a\x1b[31m\nb") == 0
    said = capsys.readouterr().out
    assert "\nwritten to a�[31m↵b:\n" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("out", ["t.csv", "glassgrad-out/weights.safetensors", "link.csv"])
def test_what_predictions_are_made_from_is_not_lost_to_them(
    out: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("train", "house", "--epochs", "1") == 0
    (folder / "t.csv").write_text("area,owner\n50,Ann\n")
    (folder / "link.csv").symlink_to("t.csv")
    before = (folder / out).read_bytes()
    complaints(capsys)
    assert status("predict", "glassgrad-out/weights.safetensors", "t.csv", "--out", out) == 2
    [line] = complaints(capsys)
    assert line.endswith("is read, and would be lost to what is written; give another --out")
    assert (folder / out).read_bytes() == before


@pytest.mark.parametrize(
    ("targets", "heads"),
    [([1.0, 2.0], ["predicted y"]), ([[1.0, 5.0], [2.0, 9.0]], ["predicted y[0]", "predicted y[1]"])],
)
def test_a_network_is_asked_for_each_of_its_targets(
    targets: list[Any], heads: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scaling, (data,) = nn.standardise(nn.from_arrays([[1.0], [2.0]], targets))
    for model in (nn.MLP(1, [len(heads)], seed=0), nn.Sequential(nn.Linear(1, len(heads), seed=0))):
        trained = nn.Trained(model, scaling, data.rows([]))
        trained.save(folder / "w")
        (folder / "t.csv").write_text("x1,y\n1,1\n2,2\n")
        assert status("predict", "w", "t.csv") == 0, complaints(capsys)
        head, *rows = (line.split(",") for line in capsys.readouterr().out.splitlines())
        assert head == ["x1", *heads]
        expected = [
            [x, *numbers] for x, numbers in zip([1, 2], map(leaves, trained.predict([[1], [2]])), strict=True)
        ]
        assert [list(map(float, row)) for row in rows] == expected
        evaluated, told = status("evaluate", "w", "t.csv"), capsys.readouterr()
        if len(heads) == 1:
            assert (evaluated, told.out.count("mean squared error"), told.err) == (0, 1, "")
        else:
            assert (evaluated, told.out, told.err.count("\n")) == (2, "", 1)
            assert "predicts 2 numbers for each row, and a table has one target" in told.err


def test_ctrl_c_in_the_demo_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viz, "player", stop)
    assert status("demo", "--out", "pictures") == 130
    assert not (folder / "pictures").exists()


def in_shell(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which G is the command."""
    command = " ".join(map(shlex.quote, COMMAND))
    return subprocess.run(
        ["sh", "-c", program.replace("G", command, 1)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("arguments", ["trace x x=1", "train house", "predict w t.csv", "evaluate w t.csv"])
def test_a_closed_output_is_told_in_one_line(arguments: str, tmp_path: Path) -> None:
    done = in_shell(f"G {arguments} >&-", tmp_path)
    said = "glassgrad: standard output is closed; send it somewhere, such as > /dev/null\n"
    assert (done.returncode, done.stderr, contents(tmp_path)) == (2, said, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["--help", "train --help", "--version", "trace x x=1"])
def test_a_full_output_is_told_in_one_line(arguments: str, unbuffered: str, tmp_path: Path) -> None:
    done = in_shell(f"PYTHONUNBUFFERED={unbuffered} G {arguments} > /dev/full", tmp_path)
    said = "glassgrad: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_a_training_whose_bar_nobody_reads_goes_on(tmp_path: Path) -> None:
    assert in_shell("G train house --epochs 20 2>&-", tmp_path).returncode == 0
    assert "weights.safetensors" in contents(tmp_path / "glassgrad-out")
    with subprocess.Popen(
        [*COMMAND, "train", "moons", "--epochs", "5", "--out", "unread"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stderr
        running.stderr.close()
    assert running.returncode == 0
    assert "weights.safetensors" in contents(tmp_path / "unread")


@pytest.mark.usefixtures("interrupt")
def test_ctrl_c_where_the_reader_has_left_keeps_what_was_learned(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "write", "names", "--model", "bigram", "--steps", "1000000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stdout
        said = b""
        while not re.search(rb"[1-9]\d*/1000000", said):
            more = os.read(running.stdout.fileno(), 1000)
            assert more, said
            said += more
        running.stdout.close()
        running.send_signal(signal.SIGINT)
        try:
            running.wait(timeout=120)
        finally:
            running.kill()
    assert running.returncode == 130
    assert {"run.safetensors", "weights.safetensors"} <= {*contents(tmp_path / "glassgrad-out" / "written")}


def test_ctrl_c_while_the_command_loads_is_answered_in_one_line() -> None:
    program = """if True:
        import builtins
        usual = builtins.__import__
        def interrupted(name, *rest):
            if name == "viz":
                raise KeyboardInterrupt
            return usual(name, *rest)
        builtins.__import__ = interrupted
        import autograd
import glassgrad
    """
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert (done.returncode, done.stderr) == (130, "glassgrad: stopped while it was loading\n")


def test_a_reader_that_leaves_ends_the_command_in_one_line(tmp_path: Path) -> None:
    names = [f"x{number}" for number in range(300)]
    arguments = ["trace", f"sum({','.join(names)})", *(f"{name}=1" for name in names)]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode == 2
    assert said == "glassgrad: the output is read no further, so nothing more is done\n"
