"""Several faces in one run of the default embedder, against one face after the other.

    python -m benchmarks.batch [--json] [--rounds N]

The shipped file takes one chip only: its last mean runs over the batch, which holds the two windows
of a chip. So both arms run its two trunks, cut off before that mean: all but a thousandth of the
arithmetic, with any number of chips. Keys, for so many faces and threads: ``*_by_single`` (median
ratio of processor time, below 1 where a batch is cheaper), ``*_same`` (whether all outputs are
the same bits), ``bytes_more_a_face`` of resident memory, ``reshape_ms`` (what it costs when the
number of faces changes).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from benchmarks.telling import tell
from edge.bench.side_by_side import interleaved, median_ratio
from edge.compose import box

FACES = (2, 3, 4)
THREADS = (1, 2)
_LAST_OF_TRUNKS = ("DEQUANTIZE", "MEAN")  # before dlib's mean; faceres's own mean


class Trunks:
    """The two trunks in an interpreter of their own.

    Args:
        content: the model.
        threads: for one run.
    """

    def __init__(self, content: bytes, threads: int) -> None:
        self._interpreter = Interpreter(model_content=content, num_threads=threads)
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = [one["index"] for one in self._interpreter.get_output_details()]

    def take(self, faces: int) -> float:
        """Take so many faces a run from now on; how long that took, seconds."""
        begin_s = time.perf_counter()
        shape = [faces, *self._input["shape"][1:]]
        self._interpreter.resize_tensor_input(self._input["index"], shape)
        self._interpreter.allocate_tensors()
        return time.perf_counter() - begin_s

    def run(self, chips: np.ndarray) -> list[np.ndarray]:
        """The trunks' outputs."""
        self._interpreter.tensor(self._input["index"])()[...] = chips
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def measure(rounds: int = 40) -> dict[str, Any]:
    """All figures; see the module."""
    content = trunks(box.load("default").embedder_file.read_bytes())
    found: dict[str, Any] = {}
    for threads in THREADS:
        for faces in FACES:
            found |= _compared(content, threads, faces, rounds)
    sized = Trunks(content, 1)
    found["reshape_ms"] = 1000 * statistics.median(_reshaped_s(sized, n) for n in FACES * 5)
    resident = {n: _resident_bytes(content, n) for n in (1, 4)}
    return found | {"bytes_more_a_face": (resident[4] - resident[1]) / 3}


def trunks(embedder: bytes) -> bytes:
    """The embedder up to where faces of a batch would be mixed."""
    model = schema.ModelT.InitFromPackedBuf(embedder, 0)
    graph = model.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    kinds = [names[model.operatorCodes[one.opcodeIndex].builtinCode] for one in graph.operators]
    first = kinds.index("MEAN")
    second = kinds.index("MEAN", first + 1)
    assert (kinds[first - 1], kinds[second]) == _LAST_OF_TRUNKS  # noqa: S101 - another file
    resumed = kinds.index("CONV_2D", first)
    last = [graph.operators[at].outputs[0] for at in (first - 1, second)]
    graph.operators = graph.operators[:first] + graph.operators[resumed : second + 1]
    graph.outputs = last
    model.signatureDefs = []
    for tensor in graph.tensors:
        tensor.shapeSignature = None
    builder = flatbuffers.Builder(len(embedder))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _compared(content: bytes, threads: int, faces: int, rounds: int) -> dict[str, Any]:
    one, many = Trunks(content, threads), Trunks(content, threads)
    one.take(1)
    many.take(faces)
    shape = (faces, *one._input["shape"][1:])
    chips = np.random.default_rng(faces).integers(-128, 128, shape, dtype=np.int8)
    arms = {
        "single": lambda: [one.run(chip[None]) for chip in chips],
        "batch": lambda: many.run(chips),
    }
    together, apart = many.run(chips), [one.run(chip[None]) for chip in chips]
    same = all(
        (whole.reshape(-1, faces, *whole.shape[1:]) == np.stack(each, axis=1)).all()
        for whole, each in zip(together, zip(*apart, strict=True), strict=True)
    )
    taken = interleaved(arms, rounds, cpu=True)
    key = f"faces_{faces}_threads_{threads}"
    ratio = median_ratio(taken["batch"], taken["single"])
    return {f"{key}_by_single": ratio, f"{key}_same": bool(same)}


def _reshaped_s(sized: Trunks, faces: int) -> float:
    took_s = sized.take(faces)
    sized.run(_blank(sized, faces))
    return took_s


def _resident_bytes(content: bytes, faces: int) -> int:
    before = _resident()
    held = Trunks(content, 1)
    held.take(faces)
    held.run(_blank(held, faces))
    return _resident() - before


def _blank(sized: Trunks, faces: int) -> np.ndarray:
    return np.zeros((faces, *sized._input["shape"][1:]), np.int8)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=40)
    args = parser.parse_args()
    tell(measure(args.rounds), as_json=args.json)


if __name__ == "__main__":
    main()
