"""All notebooks without a test of their own: numbers hold, questions know answers, play stops none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks import reader

FEW = ("epochs=60", "epochs=2")
ANSWERS = {
    "00_what_a_slope_is": ("0.06", "5", "-8"),
    "01_one_neuron": ('"w2"', "0.5", "2.82"),
    "02_which_way_is_down": ("[2.4, 1.8]", "[-4, 1]", "0.5"),
    "03_house_prices": ("[20, 60, 140]", "2", "[10, 0]"),
    "04_why_an_activation": ("6", "[3, 7]", "0.0001"),
    "05_feed_forward": ("-0.5", "37", "-0.1614"),
    "06_chain_rule": ("4.32", "1.0806", "[6, 5]"),
    "07_six_neurons": ("1.5", "0.09", "0.03"),
    "08_shared_factors": ("10", "9", "319"),
    "09_overfitting": ("0.2", "46", "2"),
    "10_gradients_and_steps": ("5120", "[0.6, 0.8]", "1.331"),
    "11_matrix_form": ("[2, 5]", "1010", "[6, 0]"),
    "12_by_hand_and_by_engine": ("0.59", "0.213", "0.012449"),
    "13_how_to_start": ("5.66", "0.0133", "0.5"),
    "14_activations_and_optimisers": ("0.731", "[0.1, 0.19]", "0.577"),
    "15_regularisation": ("0.15", "4", "0.3"),
    "16_choosing_hyperparameters": ("9", "1024", "96"),
    "17_losses": ("[5.75, 1.8333]", "2.079", "[0.7, -0.8, 0.1]"),
    "18_blame": ("-0.03", "0.0075", "-0.7"),
    "19_finite_differences": ("14", "2.5", "2"),
    "20_learning_rate": ("0.5", "0.6", "0.2"),
    "21_checking_gradients": ("9", "0.16", "[15, 20]"),
    "22_handwritten_digits": ("1210", "0.85", "0.1"),
    "25_how_far_back": ('"below"', "191_751", "0.977"),
    "26_gates": ("[0.0424, 0.7397]", "3.76", "[0.35, 1]"),
    "32_vectors_and_bias": ("[1, 0, -1]", "3", "-3"),
    "33_yes_or_no": ("8", "0.8176", "0.75"),
    "34_steps_and_curves": ("[0, 1, 1, 1]", "[-3, -2]", "300"),
    "35_without_answers": ("[3, 2]", '["supervised", "unsupervised", "reinforcement"]', "0.0"),
    "36_smaller": ("3", "3.5", "-0.2"),
    "37_adapt": ('"pre-trained"', "65_536", "[9, 0]"),
    "38_search_and_gaps": ('"dog drinks water"', "0.25", "1.0"),
    "39_federated": ("True", "0.4", "4.0"),
    "build_value_yourself": ("7", "7.389", "2_097_151"),
}
"""What a reader should answer to the prediction and to both exercises."""

EDITS = {
    "00_what_a_slope_is": [("x = 4.0", "x = 0.0"), ("return x**2", "return abs(x)"), ("0.001", "0.5")],
    "01_one_neuron": [("Value(-1.5", "Value(3.0"), ("Value(0.5,", "Value(-2.0,"), ("tanh", "relu")],
    "02_which_way_is_down": [
        ("rate=0.1", "rate=0.6"),
        ("2 * y**2", "3 * y**2"),
        ("(3.0, 3.0)", "(0.0, 0.0)"),
    ],
    "03_house_prices": [
        ("houses = nn.house()", "houses = nn.from_arrays(nn.house().features[:6], nn.house().targets[:6])"),
        ("rate=0.1", "rate=0.9"),
        ("epochs=300", "epochs=2"),
        ("epochs=200", "epochs=2"),
    ],
    "04_why_an_activation": [("[8, 1]", "[4, 1]"), ("= -10.0", "= 0.0"), FEW],
    "05_feed_forward": [
        ("[1.0, 0.5, -1.0]", "[0.5, 0.5, 0.5]"),
        ("sigmoid", "relu"),
        ("0.7, -0.3", "-0.7, 0.3"),
    ],
    "06_chain_rule": [("1.2", "0.5"), ("x**3 + 5", "x**2 - 1")],
    "07_six_neurons": [("[1.0], 0.5", "[0.0], 5.0"), ("[2, -1]", "[0, 0]"), ("sigmoid", "tanh")],
    "08_shared_factors": [
        ("Value(0.8, ", "Value(-4.0, "),
        ("x, y = 2.0, 1.0", "x, y = 0.0, 0.0"),
        ("sigmoid", "tanh"),
    ],
    "09_overfitting": [
        ("epochs=100", "epochs=2"),
        ("sample(12, seed=4)", "sample(6, seed=5)"),
        ("(10, 10, 1)", "(4, 1)"),
    ],
    "10_gradients_and_steps": [
        ("epochs=30", "epochs=1"),
        ("epochs=40", "epochs=1"),
        ('"sigmoid"', '"relu"'),
        ("Value(1.5", "Value(0.5"),
    ],
    "11_matrix_form": [
        ("nn.Layer(3, 4, ", "nn.Layer(3, 6, "),
        ("nn.Layer(4, 4, ", "nn.Layer(6, 4, "),
        ("[0.5, -1.0, 2.0]", "[0.0, 0.0, 0.0]"),
    ],
    "12_by_hand_and_by_engine": [
        ("t = 0.5, 0.6, 1.0", "t = -0.5, 0.6, 0.0"),
        ("relu", "tanh"),
        ("0.3, 0.4", "-0.3, 0.4"),
    ],
    "13_how_to_start": [
        ("epochs=20", "epochs=1"),
        ("epochs=15", "epochs=1"),
        ("100_000", "100"),
        ("range(30)", "range(3)"),
        ("[4, 3]", "[5, 3]"),
    ],
    "14_activations_and_optimisers": [
        ("epochs=15", "epochs=1"),
        ("nn.Adam, 0.5", "nn.Adam, 50.0"),
        ("= -5.0", "= 5.0"),
        ("[8, 3]", "[4, 3]"),
    ],
    "15_regularisation": [
        ('"epochs": 50', '"epochs": 2'),
        ("Layer(30, 8", "Layer(30, 4"),
        ("Neuron(8", "Neuron(4"),
        ("[w], 1.0", "[w], 0.0"),
    ],
    "16_choosing_hyperparameters": [
        ("epochs=15", "epochs=1"),
        ("epochs=20", "epochs=1"),
        FEW,
        ("epochs=30", "epochs=1"),
        ("[8, 3]", "[4, 3]"),
        ("seed=2", "seed=3"),
    ],
    "17_losses": [
        ("[2.5, 4.0, 9.0]", "[3.0, 5.0, 5.0]"),
        ("z = 0.0", "z = 50.0"),
        ("(5.0)", "(3.0)"),
        ("[2.0, 1.0, 0.1]", "[0.0, 0.0, 0.0]"),
    ],
    "18_blame": [
        ('Value(0.4, label="w")', 'Value(0.0, label="w")'),
        ('Value(0.5, label="x")', 'Value(0.0, label="x")'),
        ("sigmoid", "relu"),
    ],
    "19_finite_differences": [("range(1000)", "range(3)"), ("[1.0, 1.0]", "[0.0, 0.0]"), ("sigmoid", "relu")],
    "20_learning_rate": [
        ("epochs=25", "epochs=1"),
        ("0.51", "0.2"),
        ("SGD(line.parameters(), 0.001)", "SGD(line.parameters(), 1e-6)"),
        ("epochs=500", "epochs=2"),
        ("[8, 3]", "[4, 3]"),
    ],
    "21_checking_gradients": [
        ("range(2000)", "range(5)"),
        ("[[0.5, -1.2]]", "[[-2.0, 1.0]]"),
        ("[[-0.7]]", "[[0.0]]"),
    ],
    "22_handwritten_digits": [
        ("epochs=8,", "epochs=1,"),
        ("rest, 0.5", "rest, 0.97"),
        ("[16, 10]", "[4, 10]"),
    ],
    "25_how_far_back": [
        ("= 1.0, 0.5", "= 1.0, -2.0"),
        ("updates=300", "updates=2"),
        ("STEPS, WIDTH = 30, 16", "STEPS, WIDTH = 26, 3"),
        ("(5, 30)", "(2, 3)"),
    ],
    "26_gates": [
        ("[0.2], [0.8]", "[0.0], [0.0]"),
        ("updates=300", "updates=2"),
        ("STEPS, WIDTH = 30, 16", "STEPS, WIDTH = 10, 3"),
        ("[0.0] * WIDTH, [0.0] * WIDTH", "[1.0] * WIDTH, [1.0] * WIDTH"),
    ],
    "28_why_divide": [
        ("sizes = [4, 16, 64, 256, 1024]", "sizes = [1, 4]"),
        ("steps=60", "steps=1"),
        ("0.002 * 256", "50.0"),
    ],
    "30_reversed_strings": [
        ("range(400)", "range(2)"),
        ("width=32, heads=4", "width=8, heads=2"),
        ('"glassgrd"', '"aaaaaaaa"'),
    ],
    "31_names": [
        ("training.run(900, every=100", "training.run(2, every=1"),
        ("width=32, heads=4", "width=8, heads=1"),
        ("context = 12", "context = 5"),
        ("count=200", "count=5"),
        ('"mar"', '""'),
    ],
    "32_vectors_and_bias": [
        ("weights = [2.0, 1.0]", "weights = [-1.0, 0.5]"),
        ("(-3.0, 0.0, 3.0)", "(0.0, 0.0, 9.0)"),
        ("[0.5, -2.0], 3.0", "[0.0, 0.0], 0.0"),
    ],
    "33_yes_or_no": [
        ("range(40)", "range(8)"),
        ("rng.gauss(0, 6)", "rng.gauss(0, 0)"),
        ("epochs=200", "epochs=2"),
        ("(-8.0)", "(800.0)"),
    ],
    "34_steps_and_curves": [
        ("(1.0, 1.0, -1.5)", "(-1.0, -1.0, 0.5)"),
        ("import sin", "import cos as sin"),
        ("(6, 20, 80)", "(1, 2, 3)"),
        ("epochs=1000", "epochs=2"),
        ("for neurons in (1, 2, 4)", "for neurons in (3,)"),
    ],
    "35_without_answers": [
        ("sample(flowers, 3)", "sample(flowers, 2)"),
        ("Random(1)", "Random(3)"),
        ("[0.2, 0.5, 0.8]", "[0.0, 1.0, 0.5]"),
        ("plays=800", "plays=5"),
    ],
    "36_smaller": [
        ("epochs=15", "epochs=1"),
        ("[32, 10]", "[12, 10]"),
        ("gone=16", "gone=4"),
        ("T = 2.0", "T = 5.0"),
    ],
    "37_adapt": [("RANK = 2", "RANK = 1"), ("known, 500", "known, 5"), ("few, 60", "few, 1")],
    "38_search_and_gaps": [
        ("steps=200", "steps=2"),
        ('"epochs": 150', '"epochs": 2'),
        ('"horse"]', '"cow"]'),
        ('"horse eats', '"cow eats'),
    ],
    "39_federated": [
        ("PASSES = 40", "PASSES = 10"),
        ("[16, 10]", "[16, 10]"),
        ("rate=0.1", "rate=0.5"),
        ("range(5)]", "range(4)]"),
    ],
    "build_value_yourself": [
        ("Number(0.1)", "Number(0.0)"),
        ("Number(3.0)", "Number(0.0)"),
        ("math.tanh", "math.sin"),
    ],
}
"""What a reader may well change: a weight, an activation, an input, a target, a rate, a size.

Few epochs, for time."""

OF_THEIR_OWN = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_[0-9]*.py")}
"""What has a test file: each gives its questions' answers, too."""

EDITED_IN_THEIR_OWN = {"23_convolution", "24_embeddings", "27_attention", "29_two_heads"}

QUESTIONS = ("predict", "exercise-1", "exercise-2")


def test_all_have_questions_claims_and_edits() -> None:
    names = {path.stem for path in reader.FOLDER.glob("*.ipynb")}
    assert names - OF_THEIR_OWN == set(ANSWERS) == {path.stem for path in reader.CLAIMS.glob("*.py")}
    assert names == set(EDITS) | EDITED_IN_THEIR_OWN


@pytest.mark.parametrize("name", ANSWERS)
def test_its_numbers_hold_and_its_questions_know_the_answers(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cells, claims = reader.code_of(name), reader.claims_of(name)
    assert set(claims) <= set(cells), "claimed of a cell that is not there"
    answers = dict(zip(QUESTIONS, ANSWERS[name], strict=True))
    reader.execute(name, reader.answered(cells, answers), claims)
    told = capsys.readouterr().out.splitlines()
    assert told.count("Right.") == len(QUESTIONS)
    assert not [line for line in told if line.startswith("Not yet")]


@pytest.mark.parametrize("name", EDITS)
def test_play_does_not_stop_it(name: str) -> None:
    reader.execute(name, reader.edited(reader.code_of(name), EDITS[name]))
