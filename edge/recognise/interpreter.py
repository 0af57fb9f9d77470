"""One TFLite model in memory, behind the ``Interpreter`` API that LiteRT and tflite-runtime share.

In: a verified file. Out: arrays of real values. Always: a model whose tensors are not what
the manifest states is refused when it is loaded, not when the first face comes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.errors import PackError

Array = npt.NDArray[Any]

_OUTPUT_TYPES = ("int8", "uint8", "float32")
_MAX_OUTPUTS = 32


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a model states of an input or output.

    Attributes:
        shape: numbers along each axis.
        dtype: "int8", "uint8" or "float32".
        scale: real value of one step; 1.0 when it is float.
        zero: the value that means 0.
    """

    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero: int

    def __str__(self) -> str:
        quantised = "" if self.dtype == "float32" else f", step {self.scale:.6g}, zero {self.zero}"
        return f"{self.dtype} {'x'.join(str(n) for n in self.shape)}{quantised}"


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
        inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        odd = {np.dtype(out["dtype"]).name for out in self._outputs}.difference(_OUTPUT_TYPES)
        if len(inputs) != 1 or not 1 <= len(self._outputs) <= _MAX_OUTPUTS or odd:
            raise PackError(
                f"{path} has {len(inputs)} inputs and {len(self._outputs)} outputs"
                f"{' of ' + ', '.join(sorted(odd)) if odd else ''}; one input and 1 to "
                f"{_MAX_OUTPUTS} outputs of {', '.join(_OUTPUT_TYPES)} are needed.",
                "Use a model of that form.",
            )
        self._input = inputs[0]
        self._path = path
        found = (tuple(int(n) for n in self._input["shape"]), np.dtype(self._input["dtype"]).name)
        if found != (shape, dtype):
            raise PackError(
                f"{path} takes {found[1]} {found[0]}, its manifest states {dtype} {shape}.",
                "Correct the manifest, or install the pack again.",
            )

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The input, then the outputs in the file's order."""
        return tuple(_tensor(details) for details in (self._input, *self._outputs))

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

    def input(self) -> Array:
        """The memory that the model reads, to be written before each :meth:`run`.

        Of the stated shape; int8 as its uint8 bits. A run may leave anything in it, and the
        runtime refuses to run while somebody holds on to it.
        """
        memory: Array = self._interpreter.tensor(self._input["index"])()
        return memory.view(np.uint8) if memory.dtype == np.int8 else memory

    def run(self) -> None:
        """Run the model on what :meth:`input` was given.

        Raises:
            PackError: the runtime gives up.
        """
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise PackError(
                f"{self._path} cannot be run ({str(error)[:120]}).",
                "Install the pack again, or use a pack made for this runtime.",
            ) from error

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


def checked_scores(values: Array) -> Array:
    """A detector's raw scores, unless one is not finite.

    One wild box can come from a wild picture and is left out later; a score that is no number
    comes from a broken model or runtime only, which must not look like an empty room.

    Raises:
        PackError: a score is not finite.
    """
    if values.dtype == np.float32 and not np.isfinite(values).all():
        raise PackError(
            "The detector gave scores that are not finite.",
            "Install the pack again; if that does not help, report the pack and the runtime.",
        )
    return values


def _tensor(details: dict[str, Any]) -> Tensor:
    scale, zero = details["quantization"]
    shape = tuple(int(n) for n in details["shape"])
    quantised = (float(scale), int(zero)) if scale else (1.0, 0)
    return Tensor(shape, np.dtype(details["dtype"]).name, *quantised)
