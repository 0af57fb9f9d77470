"""The settings themselves: one class for each table of the TOML file, with ranges and defaults.

What one can be is in ``setting_values.py``; reading them is the matter of ``settings.py``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from edge.runtime.setting_values import Duration, Language, Name, Table, Texts

MAX_CAMERAS = 16


class BoxSettings(Table):
    """Who this box is and where it keeps its files."""

    id: Name = "box-1"
    site: Name = "site-1"
    state_dir: Path = Path("/var/lib/watchpost")
    run_dir: Path = Path("/run/watchpost")


class CameraSettings(Table):
    """Where frames come from.

    ``source`` is ``picamera2``, ``/dev/video0``, ``rtsp://…``, ``gst://…``, a video file or a
    folder of pictures. ``share`` is what a camera may take of the recogniser's time when that is
    short, compared with the others.
    """

    name: Name = "camera-1"
    source: str = Field(default="picamera2", min_length=1, max_length=2048)
    width: int = Field(default=1280, ge=64, le=4096)
    height: int = Field(default=720, ge=64, le=4096)
    frames_per_s: float = Field(default=10.0, gt=0, le=120)
    pace: Literal["real-time", "as-fast-as-possible"] = "real-time"
    loop: bool = False
    share: float = Field(default=1.0, ge=0.1, le=10)
    open_timeout: Duration = timedelta(seconds=10)
    read_timeout: Duration = timedelta(seconds=3)
    reconnect_max: Duration = timedelta(seconds=30)


class PackSettings(Table):
    """Which models, and whose packs may be installed.

    ``name`` is that of a bundled pack, ``id`` or ``id@version`` of an installed one, or the
    path of a pack's folder. ``index`` is where ``watchpost models fetch`` looks names up.
    """

    name: str = Field(default="default", min_length=1, max_length=1024)
    threads: int = Field(default=1, ge=1, le=16)
    keys: tuple[str, ...] = Field(default=(), max_length=16)
    index: str = Field(default="", max_length=2048)


class SpeedSettings(Table):
    """What the recogniser leaves out while that changes no decision, and where it runs.

    See ``edge/recognise/attention.py``. ``regions`` is the opposite: a second, closer look at a
    part of each frame, for small faces (``regions.py``). ``cores`` are the processor's cores to
    run on by their numbers, such as the large ones of a big/little board; empty: all.
    """

    motion_gate: bool = True
    adaptive_rate: bool = True
    look_every: Duration = Field(
        default=timedelta(milliseconds=500), ge=timedelta(0), le=timedelta(seconds=2)
    )
    needed_looks: bool = True
    regions: bool = False
    cores: tuple[Annotated[int, Field(ge=0, le=1023)], ...] = Field(default=(), max_length=1024)


class DecisionSettings(Table):
    """When a track becomes a hit. Unset values come from the pack's manifest.

    With ``false_alarms_per_week`` the threshold follows from it; ``threshold`` must be unset
    then. ``report_uncertain`` names the lists whose uncertain tracks are counted.
    """

    threshold: float | None = Field(default=None, ge=0.5, le=0.999)
    false_alarms_per_week: float | None = Field(default=None, ge=0.001, le=10_000)
    strangers_per_week: float = Field(default=5000.0, ge=1, le=10_000_000)
    report_uncertain: tuple[Name, ...] = Field(default=(), max_length=64)
    margin: float | None = Field(default=None, ge=0.0, le=0.5)
    min_frames: int | None = Field(default=None, ge=3, le=100)
    re_alert_interval: Duration = timedelta(seconds=60)
    track_timeout: Duration = timedelta(seconds=1)

    @model_validator(mode="after")
    def _one_of_two(self) -> DecisionSettings:
        if self.threshold is not None and self.false_alarms_per_week is not None:
            raise ValueError("give threshold or false_alarms_per_week, not both")
        return self


class WatchlistSettings(Table):
    """Where the signed list comes from, what it must be signed under, and how it is searched.

    ``source`` is the address of a repository that ``watchpost register publish`` wrote; ``root``
    is the register's root.json, from which every trusted key follows.
    """

    source: str = Field(default="", max_length=2048)
    root: Path | None = None
    refresh: Duration = timedelta(minutes=5)
    max_bytes: int = Field(default=256 * 1024 * 1024, ge=1024, le=2**31)
    search: Literal["exact", "hnsw"] = "exact"


class MqttSettings(Table):
    """The broker that hits go to.

    ``ack`` says whose word releases a hit from the spool: the broker's PUBACK, or a receiver's
    acknowledgement that it is in its database. ``resend_after`` belongs to the latter.
    """

    host: str = Field(default="localhost", min_length=1, max_length=253)
    port: int = Field(default=1883, ge=1, le=65535)
    username: str = Field(default="", max_length=256)
    password_file: Path | None = None
    ack: Literal["broker", "receiver"] = "broker"
    resend_after: Duration = Field(
        default=timedelta(seconds=30), ge=timedelta(seconds=1), le=timedelta(hours=1)
    )
    tls: bool = False
    tls_minimum: Literal["1.2", "1.3"] = "1.3"
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive: Duration = timedelta(seconds=30)
    reconnect_max: Duration = timedelta(seconds=30)


class HomeAssistantSettings(Table):
    """Whether Home Assistant is to find this box by itself, under its discovery prefix."""

    enabled: bool = True
    prefix: str = Field(default="homeassistant", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")


class SpoolSettings(Table):
    """Bounds of the store of hits on the box, and the policy when nothing may go.

    ``when_full`` is ``refuse``: a new hit waits in memory, or ``drop-oldest``: the oldest hit
    goes although nobody has acknowledged it, which is counted and told.
    """

    max_rows: int = Field(default=1_000_000, ge=100, le=100_000_000)
    max_bytes: int = Field(default=4 * 1024**3, ge=2**20, le=2**40)
    min_free_bytes: int = Field(default=64 * 1024 * 1024, ge=0, le=2**40)
    when_full: Literal["refuse", "drop-oldest"] = "refuse"
    keep_sent: Duration = timedelta(days=7)
    keep_evidence: Duration = timedelta(days=3)
    drain_per_s: float = Field(default=500.0, ge=1, le=100_000)


class StatusSettings(Table):
    """The local web page.

    ``tls`` is ``auto``: plain HTTP on loopback, TLS elsewhere; or ``on``: TLS always. Without
    ``cert_file`` and ``key_file`` the box signs a certificate itself. ``announce`` tells the local
    network the box's name by multicast DNS; never from loopback. ``led`` is a name in
    ``/sys/class/leds``.
    """

    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    port: int = Field(default=8087, ge=0, le=65535)
    tls: Literal["auto", "on"] = "auto"
    cert_file: Path | None = None
    key_file: Path | None = None
    session_life: Duration = Field(
        default=timedelta(hours=12), ge=timedelta(minutes=5), le=timedelta(days=7)
    )
    session_idle: Duration = Field(
        default=timedelta(minutes=30), ge=timedelta(minutes=1), le=timedelta(days=1)
    )
    metrics: Literal["this-machine", "everyone"] = "this-machine"
    announce: bool = True
    led: str = Field(default="", max_length=64, pattern=r"^[^/]*$")

    @model_validator(mode="after")
    def _both_or_none(self) -> StatusSettings:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("give cert_file and key_file, or neither")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether the page is served over TLS."""
        loopback = self.host in ("localhost", "::1") or self.host.startswith("127.")
        return self.tls == "on" or not loopback


class NoticeSettings(Table):
    """What the public notice says of this place; empty: in general words.

    ``purpose`` and ``retention`` are one text, or a table of texts by language.
    """

    operator: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=500)
    purpose: Texts = ""
    retention: Texts = ""
    address: str = Field(default="", max_length=500, pattern=r"^(https?://\S+)?$")
    language: Language = "en"

    def text(self, name: Literal["purpose", "retention"], language: str) -> str:
        """A text in a language; "" where it is not given."""
        found: str | dict[Language, str] = getattr(self, name)
        if isinstance(found, str):
            return found
        return {str(key): value for key, value in found.items()}.get(language, "")


class ClockSettings(Table):
    """When the time of day is believed.

    ``synchronised``: only once the kernel's clock is disciplined by NTP or the like.
    ``system``: always; for machines with a battery-backed clock.
    """

    trust: Literal["synchronised", "system"] = "synchronised"


class ProvisionSettings(Table):
    """Where ``watchpost provision --search`` looks for a bundle, and in the folders in these."""

    folders: tuple[Path, ...] = Field(
        default=(Path("/boot/firmware"), Path("/boot"), Path("/media"), Path("/mnt")), max_length=16
    )


class UpdateSettings(Table):
    """Updates of the whole image, and when a new one is kept.

    ``hold``: so long the box must have worked without a break. ``within``: when it has not begun
    to by then, the other slot is started again.
    """

    max_bytes: int = Field(default=4 * 1024**3, ge=2**20, le=2**40)
    hold: Duration = Field(
        default=timedelta(minutes=2), ge=timedelta(seconds=1), le=timedelta(hours=1)
    )
    within: Duration = Field(
        default=timedelta(minutes=10), ge=timedelta(seconds=1), le=timedelta(days=1)
    )


class Settings(Table):
    """Everything a box is told; see ``firmware_config/watchpost.example.toml``."""

    box: BoxSettings = BoxSettings()
    camera: CameraSettings = CameraSettings()
    cameras: tuple[CameraSettings, ...] = Field(default=(), max_length=MAX_CAMERAS)
    pack: PackSettings = PackSettings()
    speed: SpeedSettings = SpeedSettings()
    decision: DecisionSettings = DecisionSettings()
    watchlist: WatchlistSettings = WatchlistSettings()
    mqtt: MqttSettings = MqttSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    spool: SpoolSettings = SpoolSettings()
    status: StatusSettings = StatusSettings()
    notice: NoticeSettings = NoticeSettings()
    clock: ClockSettings = ClockSettings()
    provision: ProvisionSettings = ProvisionSettings()
    update: UpdateSettings = UpdateSettings()

    @model_validator(mode="after")
    def _told_apart(self) -> Settings:
        names = [one.name for one in self.cameras]
        if self.cameras and "camera" in self.model_fields_set:
            raise ValueError("give [camera] or [[cameras]], not both")
        if len(set(names)) < len(names):
            raise ValueError("give each of [[cameras]] a name of its own")
        if sum(one.source == "picamera2" for one in self.cameras) > 1:
            raise ValueError("only one of [[cameras]] can be picamera2")
        return self

    @property
    def all_cameras(self) -> tuple[CameraSettings, ...]:
        """The cameras of this box, at least one."""
        return self.cameras or (self.camera,)
