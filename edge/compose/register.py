"""The operator's side: reading enrolment photos with a pack's models."""

from __future__ import annotations

from pathlib import Path

from edge.capture.images import read_picture
from edge.compose import box
from edge.compose.recognise import make_detector, make_embedder
from edge.errors import CaptureError, PhotoError
from edge.recognise.enrol import Enroller
from edge.recognise.pack import Pack
from edge.runtime.setting_tables import Settings
from edge.values import PhotoTemplate


class PackPhotoReader:
    """Reads enrolment photos with a pack's models; a :class:`register.photos.PhotoReader`.

    Args:
        pack: the verified pack.
        threads: threads for one inference.
    """

    def __init__(self, pack: Pack, threads: int) -> None:
        self._pack = pack
        self._enroller = Enroller(
            make_detector(pack, threads), make_embedder(pack, threads), pack.manifest
        )

    @property
    def pack(self) -> str:
        """``id@version``."""
        return self._pack.ref

    def read(self, photo: Path) -> PhotoTemplate:
        """The template of the one face in a photo.

        Raises:
            PhotoError: the file is no usable photo of one face.
        """
        try:
            frame = read_picture(photo)
        except CaptureError as error:
            raise PhotoError(error.problem, error.remedy) from error
        return self._enroller.enrol(frame)


def photo_reader(settings: Settings) -> PackPhotoReader:
    """What the register reads enrolment photos with; loads the models."""
    return PackPhotoReader(box.pack(settings), settings.pack.threads)


def old_photo_reader(settings: Settings, pack: str) -> PackPhotoReader:
    """The same with the bundled or installed pack of another ``id@version``.

    Raises:
        PackError: there is no such pack here, or it is damaged.
    """
    return PackPhotoReader(box.load(pack, box.installed_folder(settings)), settings.pack.threads)
