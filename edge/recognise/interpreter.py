"""One TFLite model in memory, behind the ``Interpreter`` API that LiteRT and tflite-runtime share.

In: a verified file. Out: arrays of real values. Always: a model whose tensors are not what
the manifest states is refused when it is loaded, not when the first face comes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.errors import PackError

Array = npt.NDArray[Any]


def interpreter_class() -> Callable[..., Any]:
    """The installed runtime's interpreter: LiteRT, else tflite-runtime.

    Raises:
        PackError: neither is installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter
        except ImportError as error:
            raise PackError(
                "No TensorFlow Lite runtime is installed.",
                "Install ai-edge-litert, or tflite-runtime on an older system.",
            ) from error
    loaded: Callable[..., Any] = Interpreter
    return loaded


@contextmanager
def _greeting_silenced() -> Iterator[None]:
    """Keep the runtime's "Created TensorFlow Lite XNNPACK delegate" off standard error.

    The native code writes it past Python and offers no switch; what goes wrong comes as an
    exception all the same.
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Model:
    """A loaded model with one input and any number of outputs.

    Args:
        path: the model file.
        threads: threads for one inference.
        shape: the input shape that the manifest states, (1, height, width, channels).
        dtype: the input type that the manifest states.

    Raises:
        PackError: the file is no TFLite model, or its input is not as stated.
    """

    def __init__(
        self, path: Path, threads: int, shape: tuple[int, int, int, int], dtype: str
    ) -> None:
        try:
            with _greeting_silenced():
                self._interpreter = interpreter_class()(model_path=str(path), num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise PackError(
                f"{path} is not a model that this runtime can load ({str(error)[:120]}).",
                "Install the pack again, or use a pack made for this runtime.",
            ) from error
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()
        found = (tuple(int(n) for n in self._input["shape"]), np.dtype(self._input["dtype"]).name)
        if found != (shape, dtype):
            raise PackError(
                f"{path} takes {found[1]} {found[0]}, its manifest states {dtype} {shape}.",
                "Correct the manifest, or install the pack again.",
            )

    @property
    def output_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shape of each output, in the file's order."""
        return tuple(tuple(int(n) for n in out["shape"]) for out in self._outputs)

    def output_scale(self, which: int) -> tuple[float, int]:
        """Quantisation (scale, zero point) of an output; (1.0, 0) when it is float."""
        scale, zero = self._outputs[which]["quantization"]
        return (float(scale), int(zero)) if scale else (1.0, 0)

    def lookup(self, mean: float, std: float, *, full_range: bool) -> Array:
        """Table from a pixel 0..255 to this model's input value.

        Args:
            mean: see the manifest.
            std: see the manifest.
            full_range: False stretches a 16..235 pixel to 0..255 first.

        Returns:
            (256,) in the input's dtype, int8 as its uint8 bit pattern (for ``cv2.LUT``).
        """
        pixel = np.arange(256, dtype=np.float64)
        if not full_range:
            pixel = np.clip((pixel - 16.0) * (255.0 / 219.0), 0.0, 255.0)
        real = (pixel - mean) / std
        dtype = np.dtype(self._input["dtype"])
        if dtype == np.float32:
            return real.astype(np.float32)
        scale, zero = self._input["quantization"]
        limits = np.iinfo(dtype)
        quantised = np.clip(np.rint(real / scale) + zero, limits.min, limits.max)
        bits: Array = quantised.astype(dtype).view(np.uint8)
        return bits

    def run(self, filled: Array) -> None:
        """Run the model on an input of the stated shape; int8 may come as uint8 bits."""
        dtype = np.dtype(self._input["dtype"])
        data = filled if filled.dtype == dtype else filled.view(dtype)
        self._interpreter.set_tensor(self._input["index"], data)
        self._interpreter.invoke()

    def raw(self, which: int) -> Array:
        """An output as the model gives it, a copy."""
        output: Array = self._interpreter.get_tensor(self._outputs[which]["index"])
        return output

    def real(self, which: int) -> npt.NDArray[np.float32]:
        """An output as real values, float32."""
        scale, zero = self.output_scale(which)
        values = self.raw(which).astype(np.float32)

        if (scale, zero) != (1.0, 0):
            values = (values - np.float32(zero)) * np.float32(scale)
        return values
