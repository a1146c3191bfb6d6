"""The Transformer: PyTorch's numbers are in `test_golden.py`; here is what it is for."""

from __future__ import annotations

from math import inf, sqrt
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from nn import (
    LayerNorm,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
    causal_mask,
    save,
)
from nn.sequences.attention import Cache
from nn.weights.tensors import tensors

SMALL = {"d_model": 4, "nhead": 2, "dim_feedforward": 5}


def plain(rows: Any) -> Any:
    return [[getattr(number, "data", number) for number in row] for row in rows]


def sequence(length: int, seed: int = 0) -> list[list[float]]:
    rows: list[list[float]] = np.random.default_rng(seed).normal(size=(length, 4)).tolist()
    return rows


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("norm_first", [False, True])
def test_pytorch_takes_a_saved_transformer_and_gives_the_same_outputs(
    norm_first: bool, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    sizes = {**SMALL, "num_encoder_layers": 2, "num_decoder_layers": 2, "norm_first": norm_first}
    ours = Transformer(**sizes, seed=0)
    rng = Random(1)
    for parameter in ours.parameters():
        parameter.data += rng.gauss(0, 0.1)
    save(tmp_path / "m.safetensors", ours)
    peer = torch.nn.Transformer(**sizes, dropout=0.0, batch_first=True).double()
    found = {name: torch.tensor(array) for name, array in load_file(tmp_path / "m.safetensors").items()}
    peer.load_state_dict(found, strict=True)
    src, tgt = sequence(3), sequence(4, 1)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64)
    assert causal_mask(4) == mask.tolist()
    theirs = peer(*(torch.tensor([rows], dtype=torch.float64) for rows in (src, tgt)), tgt_mask=mask)
    assert np.array(plain(ours(src, tgt, tgt_mask=causal_mask(4)))) == pytest.approx(
        theirs[0].detach().numpy(), rel=1e-12, abs=1e-12
    )


def test_no_place_sees_what_comes_after_it_and_all_see_the_source() -> None:
    model = Transformer(**SMALL, num_encoder_layers=1, num_decoder_layers=2, seed=0)
    src, tgt = sequence(3), sequence(4, 1)
    whole = plain(model(src, tgt, tgt_mask=causal_mask(4)))
    for length in range(5):
        assert plain(model(src, tgt[:length], tgt_mask=causal_mask(length))) == whole[:length]
    other = plain(model([*src[:2], [9.0, 0.0, 0.0, 1.0]], tgt, tgt_mask=causal_mask(4)))
    assert all(a != b for a, b in zip(whole, other, strict=True))


def test_places_of_the_source_are_a_set_until_positions_are_added() -> None:
    model = Transformer(**SMALL, num_encoder_layers=1, num_decoder_layers=1, seed=0)
    src, tgt = sequence(3), sequence(2, 1)
    assert np.array(plain(model(src[::-1], tgt))) == pytest.approx(
        np.array(plain(model(src, tgt))), rel=1e-12
    )


def test_padding_is_as_if_it_were_not_there() -> None:
    model = Transformer(**SMALL, num_encoder_layers=2, num_decoder_layers=1, seed=0)
    src, tgt = sequence(3), sequence(2, 1)
    padding = [0.0, 0.0, 0.0, -inf]
    padded = model([*src, [5.0] * 4], tgt, src_key_padding_mask=padding, memory_key_padding_mask=padding)
    assert plain(padded) == plain(model(src, tgt))


def test_pre_norm_leaves_the_way_around_free() -> None:
    """Only with `norm_first` do the inputs come out again where the parts give nothing."""
    for norm_first in (True, False):
        layer = TransformerEncoderLayer(**SMALL, norm_first=norm_first, seed=0)
        for part in (layer.self_attn.out_proj, layer.linear2):
            for parameter in part.parameters():
                parameter.data = 0.0
        rows = sequence(2)
        assert (plain(layer(rows)) == rows) == norm_first


@pytest.mark.parametrize("norm_first", [False, True])
def test_caches_change_no_bit(norm_first: bool) -> None:
    layer = TransformerEncoderLayer(**SMALL, norm_first=norm_first, seed=0)
    encoder, rows, mask = TransformerEncoder(layer, 2, LayerNorm(4)), sequence(5), causal_mask(5)
    whole = plain(encoder(rows, mask))
    caches: list[Cache] = [([], []), ([], [])]
    for start, stop in ((0, 2), (2, 3), (3, 5)):
        part = encoder(rows[start:stop], [row[:stop] for row in mask[start:stop]], caches=caches)
        assert plain(part) == whole[start:stop]
    with pytest.raises(ValueError, match="2 layers need a cache each, got 1"):
        encoder(rows, mask, caches=caches[:1])


def test_matrices_are_drawn_anew_for_each_layer_of_a_transformer() -> None:
    model = Transformer(**SMALL, num_encoder_layers=2, num_decoder_layers=1, seed=0)
    first, second = (np.array(plain(layer.linear1.weight)) for layer in model.encoder.layers)
    assert (first != second).all()
    assert np.abs(first).max() <= sqrt(6 / 9)
    named = tensors(model)
    assert named["decoder.layers.0.multihead_attn.in_proj_weight"].shape == (12, 4)
    assert named["encoder.norm.weight"].shape == (4,)
    other = Transformer(**SMALL, num_encoder_layers=2, num_decoder_layers=1, seed=0)
    assert [p.data for p in model.parameters()] == [p.data for p in other.parameters()]


def test_copies_have_parameters_of_their_own_and_lose_numbers_of_their_own() -> None:
    layer = TransformerEncoderLayer(**SMALL, dropout=0.5, seed=0)
    encoder = TransformerEncoder(layer, 2)
    first, second = encoder.layers
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert not set(first.parameters()) & {*second.parameters(), *layer.parameters()}
    assert first.dropout([1.0] * 50) != second.dropout([1.0] * 50)
    assert first.dropout.rng is second.self_attn.dropout.rng
    rows = sequence(3)
    assert plain(encoder(rows)) != plain(encoder(rows))
    encoder.eval()
    assert plain(encoder(rows)) == plain(encoder(rows))


def test_fewer_than_one_layer_and_unknown_activations_are_refused() -> None:
    for stack, layer in (
        (TransformerEncoder, TransformerEncoderLayer(**SMALL)),
        (TransformerDecoder, TransformerDecoderLayer(**SMALL)),
    ):
        with pytest.raises(ValueError, match="num_layers must be 1 or more, got 0"):
            stack(layer, 0)  # type: ignore[operator]
    with pytest.raises(ValueError, match="unknown activation 'rule'"):
        TransformerEncoderLayer(**SMALL, activation="rule")
