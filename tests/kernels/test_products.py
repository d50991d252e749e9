"""Float32 products stay float32, whichever library computes them."""

from __future__ import annotations

import torch

from seq2seq.kernels import products


def test_products_are_exact_to_float32_whether_or_not_onednn_computes_them() -> None:
    before = torch.backends.mkldnn.matmul.fp32_precision
    products.use_fast_products.cache_clear()
    try:
        products.use_fast_products()
        for rows, inputs, outputs in ((1, 600, 700), (64, 512, 512), (300, 33, 65)):
            left, right = torch.randn(rows, inputs), torch.randn(outputs, inputs)
            for a, b in ((left, right.t()), (left.t(), left), (torch.randn(9, outputs), right)):
                exact = a.double() @ b.double()
                assert ((a @ b) - exact).abs().max() < 1e-5 * exact.abs().max()
    finally:
        torch.backends.mkldnn.matmul.fp32_precision = before


def test_a_library_that_rounds_to_bfloat16_is_not_used() -> None:
    before = torch.backends.mkldnn.matmul.fp32_precision
    products.use_fast_products.cache_clear()
    error, products._error = products._error, lambda: 1e-3
    try:
        assert not products.use_fast_products()
        assert torch.backends.mkldnn.matmul.fp32_precision == before
    finally:
        products._error = error
        products.use_fast_products.cache_clear()
