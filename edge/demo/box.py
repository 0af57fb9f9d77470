"""The box of the demo: settings in a temporary folder, and ``watchpost run`` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from edge.runtime.setting_tables import Settings
from edge.runtime.settings import load_settings
from edge.runtime.state_file import read_state
from edge.values import Condition, ProcessState


@dataclass(frozen=True, slots=True)
class BoxPlan:
    """What the demo's box is told.

    Attributes:
        folder: for its settings and state.
        source: the camera source: the clip, or any other.
        pace: see :class:`edge.runtime.settings.CameraSettings`.
        repository: the folder of the signed repository.
        root: the register's root.json: whom the box believes.
        broker_port: on 127.0.0.1.
        site: where it stands.
        pack: which models.
    """

    folder: Path
    source: str
    pace: str
    repository: Path
    root: Path
    broker_port: int
    site: str
    pack: str = "default"

    def toml(self) -> str:
        """The settings file."""
        text = json.dumps  # a JSON string is a TOML basic string
        return "\n".join(
            [
                "[box]",
                'id = "demo-box"',
                f"site = {text(self.site)}",
                'state_dir = "state"',
                'run_dir = "run"',
                "[camera]",
                'name = "doorway"',
                f"source = {text(self.source)}",
                f"pace = {text(self.pace)}",
                "[pack]",
                f"name = {text(self.pack)}",
                "[watchlist]",
                f"source = {text(str(self.repository))}",
                f"root = {text(str(self.root))}",
                'refresh = "1s"',
                "[mqtt]",
                'host = "127.0.0.1"',
                f"port = {self.broker_port}",
                "[status]",
                "port = 0",
                "[clock]",
                'trust = "system"  # a demo runs anywhere; a real box waits for NTP',
                "",
            ]
        )


class DemoBox:
    """A running box.

    Args:
        plan: what it is told.
    """

    def __init__(self, plan: BoxPlan) -> None:
        plan.folder.mkdir(parents=True, exist_ok=True)
        self.config = plan.folder / "watchpost.toml"
        self.config.write_text(plan.toml())
        self.settings: Settings = load_settings(self.config, {})
        self.log = plan.folder / "box.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, command: str = "run") -> None:
        """Start ``watchpost COMMAND`` on the settings."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "edge.cli.main", command, "--config", str(self.config)],
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """Stop it as systemd would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def state(self, name: str) -> ProcessState | None:
        """What one of its processes reports."""
        return read_state(self.settings.box.run_dir, name)

    def finished(self) -> bool:
        """Whether the clip was played to its end."""
        state = self.state("recognise")
        return state is not None and state.condition is Condition.STOPPED

    def backlog(self) -> int:
        """Hits recorded and not yet acknowledged; unknown counts as one."""
        state = self.state("report")
        return 1 if state is None else int(state.figures.get("backlog_hits", 1))
